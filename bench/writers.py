"""Which calls are writing into a run directory now: each holds a lock while it does, which ends with its process."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from .shard import Shard

_FOLDER = ".writing"


@contextmanager
def writing(run_dir: Path, shard: Shard | None) -> Iterator[list[str]]:
    """Be known as a writer of a run directory.

    A mark that was left by a process that is gone, even by kill -9, is locked by nobody, counts for nothing and is
    removed.

    Args:
        run_dir: the run directory.
        shard: that this call does; calls that do another share do not get in each other's way.

    Yields:
        The other calls that do the same share, such as ``process 4711 on box``.
    """
    folder = run_dir / _FOLDER / (f"{shard.index}-of-{shard.count}" if shard else "all")
    folder.mkdir(parents=True, exist_ok=True)
    # Containers that share the directory may have the same process number and host name.
    own = folder / f"{os.getpid()}@{socket.gethostname()}@{uuid.uuid4().hex}"
    with FileLock(run_dir / ".lock"):  # nobody looks at a mark between its making and its locking
        others = [_named(path) for path in sorted(folder.iterdir()) if _is_held(path)]
        mark = FileLock(own)
        mark.acquire(blocking=False)  # to wait here would keep every other call waiting, too
    try:
        yield others
    finally:
        mark.release()
        own.unlink(missing_ok=True)


def _is_held(path: Path) -> bool:
    try:
        with FileLock(path, blocking=False):
            pass
    except Timeout:
        return True
    with suppress(OSError):
        path.unlink(missing_ok=True)
    return False


def _named(path: Path) -> str:
    process, host, *_ = path.name.split("@")  # marks of earlier versions end here
    return f"process {process} on {host}"
