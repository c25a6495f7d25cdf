"""The C library's allocator, told to keep memory.

glibc hands buffers of a megabyte and more back to the system as soon as they are free and takes them anew, page by
page, for the next one. A network that makes such buffers in each layer spends most of its time on that, or little, as
the heap happens to lie: AUIF on 256x256 took 1.36 s or 0.45 s, DeRUN on 1280x1024 26 s or 10 s, at the same peak of
memory within 15 % (two cores, one thread).
"""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Mapping
from functools import cache

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -3, -4  # M_... of malloc.h
_KEEP = {_MMAP_MAX: 0, _TRIM_THRESHOLD: 2**31 - 1}
_RETURN = {_MMAP_MAX: 65536, _MMAP_THRESHOLD: 128 * 1024, _TRIM_THRESHOLD: 128 * 1024}  # as it starts, but fixed


def keep_memory() -> bool:
    """Make this process keep what it frees, to use it again; its children must do so themselves.

    Returns:
        Whether the allocator was told; False where it is not glibc's, and nothing is changed.
    """
    return _tell(_KEEP)


def return_memory() -> bool:
    """Make this process return to the system what it frees, and what it has kept so far.

    The resident set is then what is held: no holes between buffers, and none that a later buffer fills unseen.

    Returns:
        As :func:`keep_memory`.
    """
    told = _tell(_RETURN)
    if told:
        give_back()
    return told


def give_back() -> None:
    """Return to the system once what is free now, as between methods: holes that one leaves seldom fit the next."""
    if _is_glibc():
        ctypes.CDLL(None).malloc_trim(0)


@cache
def _is_glibc() -> bool:
    return platform.libc_ver()[0] == "glibc"


def _tell(settings: Mapping[int, int]) -> bool:
    if not _is_glibc():
        return False
    mallopt = ctypes.CDLL(None).mallopt
    answers = [mallopt(parameter, value) for parameter, value in settings.items()]
    return all(answers)
