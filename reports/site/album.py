"""The site's pictures: every file once, under its content's hash, with a thumbnail that is made once."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from ...storage import replacing
from ..folder import BELOW, Folder, explained
from . import kept

WIDTH = 200  # of a thumbnail, in pixels
QUALITY = 70
DIGITS = 24  # of a hash
INDEX = ".pictures.json"


@dataclass(frozen=True)
class Photo:
    """A picture of the site.

    Attributes:
        hash: beginning of its content's SHA-256; its file is ``HASH.png``, its thumbnail ``HASH.webp``.
        width: in pixels.
        height: in pixels.
        fingerprint: that it was made under; empty for a source.
    """

    hash: str
    width: int
    height: int
    fingerprint: str


class Album:
    """Takes pictures into a site.

    A file whose size and time of change are those of an earlier report is not read again.

    Args:
        folder: of the site.
        run_dir: that the pictures lie in.
    """

    def __init__(self, folder: Folder, run_dir: Path) -> None:
        self.folder, self.run_dir = folder, run_dir
        self.damaged: list[str] = []
        """A line for each picture that is there and cannot be read or shown."""
        self._known = self._read_index()
        self._photos: dict[Path, Photo] = {}

    def take(self, paths: Iterable[Path]) -> dict[Path, Photo]:
        """The photos of those files that are there and can be read."""
        new = [path for path in dict.fromkeys(paths) if path not in self._photos]
        with ThreadPoolExecutor() as pool:  # decoding and encoding leave the interpreter to others
            for path, taken in zip(new, pool.map(self._take, new), strict=True):
                if isinstance(taken, Photo):
                    self._photos[path] = taken
                elif taken:
                    self.damaged.append(taken)
        return self._photos

    def close(self) -> None:
        """Remember for the next report which file has which content."""
        stamps = {self._key(path): [*_stamp(path), *vars(photo).values()] for path, photo in self._photos.items()}
        self.folder.text(f"{BELOW}/{INDEX}", json.dumps(stamps))

    def _take(self, path: Path) -> Photo | str | None:
        try:
            return self._show(path, self._identify(path))
        except FileNotFoundError:
            return None
        except Image.DecompressionBombError as error:
            return f"{path} is too large for the site ({error}); its scores are shown without it"
        except (OSError, SyntaxError, ValueError) as error:
            return f"{path} cannot be read ({' '.join(str(error).split())}); delete it and run again with --keep-fused"

    def _identify(self, path: Path) -> Photo:
        known = self._known.get(self._key(path), [])
        if known[:2] == _stamp(path):
            return Photo(*known[2:])
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:DIGITS]
        note = kept.fingerprint(path)
        with Image.open(path, formats=("PNG",)) as picture:
            return Photo(digest, *picture.size, note or "")

    def _show(self, path: Path, photo: Photo) -> Photo:
        thumbnail = self.folder.keep(f"thumbnails/{photo.hash}.webp")
        if not thumbnail.is_file():
            with Image.open(path, formats=("PNG",)) as picture:
                small = picture.convert("RGB")
                small.thumbnail((WIDTH, 2 * WIDTH))
            with explained(thumbnail), replacing(thumbnail) as hidden:  # one that is there is never made again
                small.save(hidden, format="WEBP", quality=QUALITY)
        self.folder.picture(f"pictures/{photo.hash}.png", path)
        return photo

    def _key(self, path: Path) -> str:
        """Its place in the run: a site is published, and says nothing of the machine it was made on."""
        return path.relative_to(self.run_dir).as_posix()

    def _read_index(self) -> dict[str, list[Any]]:
        try:
            index = json.loads((self.folder.root / BELOW / INDEX).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        entries = index.items() if isinstance(index, dict) else ()
        return {key: entry for key, entry in entries if _is_entry(entry)}


def _is_entry(entry: Any) -> bool:
    """Whether a line of the index is as :meth:`Album.close` writes it: what is odd is read from the picture anew."""
    if not isinstance(entry, list) or [type(value) for value in entry] != [int, int, str, int, int, str]:
        return False
    return re.fullmatch(f"[0-9a-f]{{{DIGITS}}}", entry[2]) is not None  # it becomes a file's name


def _stamp(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]
