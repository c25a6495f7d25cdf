"""Which names of an archive may become files, and where."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import PurePosixPath, PureWindowsPath

from ...errors import DownloadError

_LITTER = frozenset({"__MACOSX", ".DS_Store", "Thumbs.db"})
"""What macOS and Windows add to archives of their own accord."""

_LONGEST = 255  # bytes in UTF-8, of the common file systems


class Names:
    """The files of one folder that archives are unpacked into, each with one name on every file system.

    Some file systems take names for equal that differ in case or in how an accent is encoded; there one file of an
    archive would silently replace another, so two such names are refused everywhere. A name that an earlier archive
    has spelled alike is not: archives that belong together may each hold the same file.
    """

    def __init__(self) -> None:
        self._files: dict[tuple[str, ...], str] = {}
        self._folders: dict[tuple[str, ...], str] = {}
        self._of_earlier_archives: set[PurePosixPath] = set()

    def claim(self, name: str, subfolder: str = "") -> PurePosixPath | None:
        """Where a file of an archive goes.

        Args:
            name: as the archive spells it.
            subfolder: pattern of the folders whose content alone is kept, see :class:`Archive`.

        Returns:
            The path below the folder, where the file of an earlier archive may be; None when the file lies outside
            ``subfolder`` or is one that a file manager added.

        Raises:
            DownloadError: the name leads out of the folder, cannot be a file's, or collides with an earlier one.
        """
        parts = _below(safe_parts(name), subfolder)
        if parts is None or not _LITTER.isdisjoint(parts):
            return None
        path = PurePosixPath(*parts)
        if path in self._of_earlier_archives:
            return path
        key = tuple(unicodedata.normalize("NFC", part).casefold() for part in parts)
        ancestors = [key[:depth] for depth in range(1, len(key))]
        earlier = self._files.get(key) or self._folders.get(key)
        earlier = earlier or next((self._files[above] for above in ancestors if above in self._files), None)
        if earlier is not None:
            raise DownloadError(f"it holds {name!r} and {earlier!r}, which claim one place")
        self._files[key] = name
        self._folders.update((above, name) for above in ancestors)
        return path

    def end_archive(self, paths: Iterable[PurePosixPath]) -> None:
        """Note the files that an archive has brought, once it is unpacked."""
        self._of_earlier_archives.update(paths)


def safe_parts(name: str) -> tuple[str, ...]:
    """The folders and the file that a name consists of.

    Raises:
        DownloadError: it is absolute, climbs, is empty, or holds what no name of a file may hold.
    """
    unified = name.replace("\\", "/")  # some archives made on Windows
    parts = tuple(part for part in unified.split("/") if part not in ("", "."))
    if unified.startswith("/") or PureWindowsPath(unified).drive:
        raise DownloadError(f"it holds the absolute path {name!r}")
    if ".." in parts:
        raise DownloadError(f"it holds {name!r}, which leads out of the folder")
    unprintable = any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name)
    if not parts or unprintable or max(len(part.encode()) for part in parts) > _LONGEST:
        raise DownloadError(f"it holds {name!r}, which cannot be the name of a file")
    return parts


def _below(parts: tuple[str, ...], subfolder: str) -> tuple[str, ...] | None:
    levels = subfolder.split("/") if subfolder else []
    if len(parts) <= len(levels) or not all(map(fnmatchcase, parts, levels)):
        return None
    return parts[len(levels) :]
