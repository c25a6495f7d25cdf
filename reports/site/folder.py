"""The folder of a site: its pages, and below ``site`` everything that they load."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...errors import UsageError

BELOW = "site"


class Folder:
    """Writes a site, and in the end removes what an earlier report left of it.

    Nothing but pages of methods and the folder ``site`` is ever removed.

    Args:
        root: of the report; it is made when it is not there.

    Raises:
        UsageError: from every method that writes: the place cannot be written to.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._written: set[Path] = set()

    def text(self, name: str, text: str) -> None:
        """Write a text file; one that says the same already stays as it is."""
        path = self._claim(name)
        content = text.encode()
        with explained(path):
            if not path.is_file() or path.read_bytes() != content:
                path.write_bytes(content)

    def data(self, name: str, content: Any) -> None:
        """Write data as a classic script, since a page that is opened from disk may load nothing else.

        Args:
            name: under which :file:`data.js` finds it.
            content: for JSON, without NaN and infinite values.
        """
        # ASCII, so that nothing in a name is a line break or the end of anything in JavaScript.
        text = json.dumps(content, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
        self.text(f"{BELOW}/data/{name}.js", f"hifbench.add({json.dumps(name)},{text});\n")

    def picture(self, name: str, source: Path) -> None:
        """Have a file in the site under a name that stands for its content; linked where the disk can, else copied."""
        path = self._claim(f"{BELOW}/{name}")
        with explained(path):
            if not path.is_file():
                try:
                    os.link(source, path)
                except FileExistsError:  # the same content under another name, taken at the same time
                    pass
                except OSError:  # another disk, or one without links
                    shutil.copyfile(source, path)

    def keep(self, name: str) -> Path:
        """Where a file lies that is written by the caller, or was by an earlier report."""
        return self._claim(f"{BELOW}/{name}")

    def prune(self) -> None:
        """Remove what an earlier report wrote and this one did not."""
        stale = [*self.root.glob("method-*.html"), *(self.root / BELOW).rglob("*")]
        for path in stale:
            if path.is_file() and path not in self._written:
                with explained(path):
                    path.unlink(missing_ok=True)

    def _claim(self, name: str) -> Path:
        path = self.root / name
        self._written.add(path)
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        return path


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Say what to do about a file that cannot be written.

    Raises:
        UsageError: it cannot.
    """
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"cannot write {path} ({error.strerror or error}); free space or choose another --out"
        ) from error
