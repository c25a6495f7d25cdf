"""The C library's allocator, told to keep memory.

glibc hands buffers of a megabyte and more back to the system as soon as they are free and takes them anew, page by
page, for the next one. A network that makes such buffers in each layer spends most of its time on that, or little, as
the heap happens to lie: AUIF on 256x256 took 1.36 s or 0.45 s, DeRUN on 1280x1024 26 s or 10 s, at the same peak of
memory within 15 % (two cores, one thread).
"""

from __future__ import annotations

import ctypes
import platform

_MMAP_MAX, _TRIM_THRESHOLD = -4, -1  # M_MMAP_MAX and M_TRIM_THRESHOLD of malloc.h


def keep_memory() -> bool:
    """Make this process keep what it frees, to use it again; its children must do so themselves.

    Returns:
        Whether the allocator was told; False where it is not glibc's, and nothing is changed.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return bool(mallopt(_MMAP_MAX, 0)) and bool(mallopt(_TRIM_THRESHOLD, 2**31 - 1))
