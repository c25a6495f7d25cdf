"""An archive unpacked into a folder, with a limit on everything that a hostile one could make too large."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ...errors import DownloadError
from .._manifest import FileEntry
from .members import Member, members
from .names import Names, safe_parts


@dataclass(frozen=True)
class Limits:
    """What one archive may unpack to.

    Attributes:
        entries: files and folders.
        bytes: of all files together.
        ratio: bytes of all files together, over the bytes of the archive.
    """

    entries: int = 1_000_000
    bytes: int = 200 << 30
    ratio: int = 200


def unpack(
    archive: Path,
    folder: Path,
    names: Names,
    subfolder: str = "",
    *,
    on_bytes: Callable[[int], None] = lambda done: None,
    limits: Limits = Limits(),
) -> list[FileEntry]:
    """Unpack an archive; only plain files arrive, all below ``folder``.

    Args:
        archive: ``.zip``, ``.tar`` or ``.tar.gz``.
        folder: exists, and was made by the caller: no link leads out of it.
        names: what has been unpacked into the folder so far.
        subfolder: pattern of the folders whose content alone is kept, see :class:`Archive`.
        on_bytes: called with the bytes written so far.
        limits: what is too much.

    Returns:
        Path, size and sha256 of each file, as written; not of those that an earlier archive brought alike.

    Raises:
        DownloadError: the archive is damaged, or not to be trusted; what was unpacked until then is left to the
            caller to remove.
        OSError: a file cannot be written.
    """
    most = min(limits.bytes, limits.ratio * archive.stat().st_size)
    entries: list[FileEntry] = []
    written = copies = 0
    for count, member in enumerate(members(archive, most), 1):
        if count > limits.entries:
            raise DownloadError(f"it holds over {limits.entries} files")
        if member.content is None:
            safe_parts(member.name)
            continue
        path = names.claim(member.name, subfolder)
        if path is None:
            continue
        target = folder / path
        if target.exists():  # an earlier archive brought it
            if not _is_copy(member, target):
                raise DownloadError(f"it holds {member.name!r}, and an earlier archive another file of that name")
            copies += 1
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        sha256 = hashlib.sha256()
        before = written
        with target.open("xb") as file:
            for chunk in member.chunks():
                written += len(chunk)
                if written > most:
                    raise DownloadError(f"it unpacks to over {most} bytes, more than an archive of images can hold")
                file.write(chunk)
                sha256.update(chunk)
                on_bytes(written)
        entries.append(FileEntry(path.as_posix(), written - before, sha256.hexdigest()))
    if not entries and not copies:
        raise DownloadError(f"it holds no file{f' below {subfolder}' if subfolder else ''}")
    names.end_archive(PurePosixPath(entry.path) for entry in entries)
    return entries


def _is_copy(member: Member, file: Path) -> bool:
    with file.open("rb") as there:
        return all(there.read(len(chunk)) == chunk for chunk in member.chunks()) and not there.read(1)
