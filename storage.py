"""Files that are whole or absent: written under a hidden name and renamed into place."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A hidden path to write to, which takes the place of ``path`` in the end, and is removed where that fails.

    Two writers of one file share no hidden name.

    Raises:
        OSError: it cannot be written, say because the disk is full.
    """
    hidden = path.with_name(f".{path.stem}.{uuid.uuid4().hex}.tmp")
    try:
        yield hidden
        hidden.replace(path)
    finally:
        hidden.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file; what was there before stays until the new content is on the disk.

    Raises:
        OSError: it cannot be written, say because the disk is full.
    """
    with replacing(path) as hidden, hidden.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())  # a rename that outlives a crash must not point to an empty file


def stays_below(path: str) -> bool:
    """Whether a relative path, with forward slashes, stays below the folder that it starts from."""
    parts = PurePosixPath(path.replace("\\", "/"))
    return bool(parts.parts) and not parts.is_absolute() and ".." not in parts.parts and ":" not in parts.parts[0]
