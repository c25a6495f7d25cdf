"""Does a data set's folder hold what its manifest says?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from ..errors import UsageError
from ..storage import write_whole
from ._images import is_image

NAME = "manifest.json"


class FileEntry(NamedTuple):
    """One file of a manifest: its path below the folder with forward slashes, its size, its sha256 in hexadecimal."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class ManifestReport:
    """What a comparison found; paths are relative to the folder, with forward slashes.

    Attributes:
        files: how many files the manifest lists.
        missing: listed and not there.
        changed: there, with another size or sha256, or unreadable.
        extra: image files that are there and not listed.
    """

    files: int
    missing: tuple[str, ...]
    changed: tuple[str, ...]
    extra: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether every listed file is there unchanged; extra files do no harm."""
        return not self.missing and not self.changed


def verify(folder: Path) -> ManifestReport | None:
    """Compare a folder with its ``manifest.json``.

    Args:
        folder: holds the manifest, whose ``files`` is a list of objects with ``path``, ``bytes``, ``sha256``.

    Returns:
        What was found; None when the folder has no manifest.

    Raises:
        UsageError: the manifest cannot be read or does not have this form.
    """
    manifest = folder / NAME
    if not manifest.is_file():
        return None
    listed = _read(manifest)
    missing, changed = [], []
    for name, (size, sha256) in listed.items():
        path = folder / name
        if not path.is_file():
            missing.append(name)
        elif not _is_unchanged(path, size, sha256):
            changed.append(name)
    present = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if is_image(path))
    return ManifestReport(
        files=len(listed),
        missing=tuple(sorted(missing)),
        changed=tuple(sorted(changed)),
        extra=tuple(sorted(name for name in present if name not in listed)),
    )


def write(folder: Path, files: Sequence[FileEntry], facts: Mapping[str, Any]) -> None:
    """Write a folder's ``manifest.json``.

    Args:
        folder: gets the manifest.
        files: what it holds.
        facts: further keys, such as where the files come from.

    Raises:
        OSError: it cannot be written.
    """
    content = {**facts, "files": [entry._asdict() for entry in sorted(files)]}
    write_whole(folder / NAME, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())


def _is_unchanged(path: Path, size: int, sha256: str) -> bool:
    try:
        if path.stat().st_size != size:
            return False  # no need to read it
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == sha256.lower()
    except OSError:
        return False


def _read(manifest: Path) -> dict[str, tuple[int, str]]:
    try:
        content: Any = json.loads(manifest.read_text(encoding="utf-8"))
        entries = {entry["path"]: (entry["bytes"], entry["sha256"]) for entry in content["files"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{manifest} is no manifest ({type(error).__name__}: {error}); it needs 'files', a list of "
            f"objects with 'path', 'bytes' and 'sha256'; get it anew or remove it"
        ) from error
    for name, (size, sha256) in entries.items():
        inside = isinstance(name, str) and not PurePosixPath(name).is_absolute() and ".." not in name.split("/")
        if not (inside and isinstance(size, int) and isinstance(sha256, str)):
            raise UsageError(
                f"{manifest}: the entry {name!r} needs a path inside the folder, 'bytes' as a whole number "
                f"and 'sha256' as text; get it anew or remove it"
            )
    return entries
