"""The files in a zip or tar archive, one after the other; links, devices and other things are refused."""

from __future__ import annotations

import errno
import gzip
import io
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ...errors import DownloadError

_CHUNK = 1 << 20
_HEADER_BYTES = 1 << 20  # far beyond any honest header; a header is held in memory as a whole


_DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,  # a way of packing that the reader does not know
    RuntimeError,
    ValueError,
)
"""What the readers of the standard library raise on a damaged archive, found by damaging some at random."""

_DAMAGE_ERRNO = (None, errno.EINVAL)
"""Of the OSErrors that a damaged archive causes: gzip's own, and an offset that no file has. Others are the disk's."""


@dataclass(frozen=True)
class Member:
    """One entry of an archive.

    Attributes:
        name: as the archive spells it, not to be trusted.
        content: what the file holds; None for a folder.
    """

    name: str
    content: IO[bytes] | None

    def chunks(self) -> Iterator[bytes]:
        """The content, piece by piece; to be read before the next member is asked for.

        Raises:
            DownloadError: it is damaged.
            OSError: the archive cannot be read.
        """
        while self.content is not None:
            with _reading():
                chunk = self.content.read(_CHUNK)
            if not chunk:
                return
            yield chunk


def members(archive: Path, most_bytes: int) -> Iterator[Member]:
    """The entries of an archive, in its order.

    Args:
        archive: a ``.zip``, ``.tar`` or ``.tar.gz`` file; its first bytes tell which, not its name.
        most_bytes: how much a tar archive may unpack to, what is passed over included.

    Raises:
        DownloadError: it is no such file, is damaged, or holds a link, a device or an encrypted file.
        OSError: the archive cannot be read, which is no fault of its own.
    """
    with _reading():
        with archive.open("rb") as file:
            start = file.read(265)
        if start.startswith(b"PK\x03\x04"):
            yield from _zip_members(archive)
        elif start.startswith(b"\x1f\x8b"):
            yield from _tar_members(archive, most_bytes, zipped=True)
        elif start[257:262] == b"ustar":
            yield from _tar_members(archive, most_bytes, zipped=False)
        else:
            raise DownloadError(f"it is no zip, tar or tar.gz file: it begins with {start[:16]!r}")


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except (*_DAMAGE, OSError) as error:
        if isinstance(error, OSError) and error.errno not in _DAMAGE_ERRNO:
            raise
        raise DownloadError(f"it is damaged ({type(error).__name__}: {error})") from error


def _zip_members(archive: Path) -> Iterator[Member]:
    with zipfile.ZipFile(archive) as opened:
        for info in opened.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise DownloadError(f"it holds {info.filename!r}, which is a link or a device, not a file")
            if info.flag_bits & 1:
                raise DownloadError(f"it holds {info.filename!r}, which is encrypted")
            if info.filename.endswith("/") or (info.filename.endswith("\\") and not info.file_size):
                yield Member(info.filename, None)
            else:
                with opened.open(info) as content:
                    yield Member(info.filename, content)


def _tar_members(archive: Path, most_bytes: int, *, zipped: bool) -> Iterator[Member]:
    with gzip.open(archive) if zipped else archive.open("rb") as file:
        metered = _Metered(file, most_bytes)
        with tarfile.open(fileobj=metered, mode="r|") as opened:
            for info in opened:
                # This member's content, read or passed over, and the header that follows; other kinds have none.
                metered.allow(_HEADER_BYTES + (info.size if info.isreg() else 0))
                if info.isdir():
                    yield Member(info.name, None)
                    continue
                content = opened.extractfile(info) if info.isreg() and not info.issparse() else None
                if content is None:
                    raise DownloadError(f"it holds {info.name!r}, which is a link or a device, not a file")
                yield Member(info.name, content)
            # The reader takes a damaged header for the end; behind a true end there is nothing but zeros.
            metered.allow(2 * _HEADER_BYTES)
            rest = opened.fileobj.read(_HEADER_BYTES) if opened.fileobj else b""
            if not rest or rest.strip(b"\0"):
                raise tarfile.ReadError("cut short, or with a damaged header")


class _Metered(io.BufferedIOBase):
    """A file that gives no more than was allowed: a header may claim any length, and is read at once.

    Args:
        file: read from.
        most_bytes: what may be read in all.
    """

    def __init__(self, file: IO[bytes] | gzip.GzipFile, most_bytes: int) -> None:
        self._file = file
        self._left = most_bytes
        self.allow(_HEADER_BYTES)

    def allow(self, count: int) -> None:
        """Allow the next ``count`` bytes, instead of what was allowed before."""
        self._allowed = count

    def read(self, size: int | None = -1, /) -> bytes:
        """The next bytes, at most ``size``."""
        content = self._file.read(-1 if size is None else size)
        self._allowed -= len(content)
        self._left -= len(content)
        if self._allowed < 0:
            raise DownloadError(f"it holds a header of over {_HEADER_BYTES} bytes")
        if self._left < 0:
            raise DownloadError("it unpacks to more than an archive of images can hold")
        return content
