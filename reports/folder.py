"""The folder of a report: pages and what they load, tables, curves and statistics; what is stale in it is removed."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any, Self

from ..errors import UsageError
from ..storage import replacing, stays_below

BELOW = "site"
"""Folder of everything that the pages load."""

LIST = f"{BELOW}/.files.json"
"""Names of the files that a report wrote, by which the next one knows what it may remove."""

FOLDERS = ("tables", "curves", "statistics")
"""Folders of the files that a reader takes away."""


class Folder:
    """Writes the files of a report, and in the end removes what an earlier report left of its own.

    Used as a context: when it ends well, the files of this report are the only ones that a report ever wrote here. When
    it is broken off, nothing is removed, and the next one knows the files of both. Nothing is ever removed but what the
    earlier report's own list names: the folder may hold files of the user. A folder in it that is a link to another
    is not followed, neither to write nor to remove.

    Args:
        root: of the report; it is made when it is not there.

    Raises:
        UsageError: from every method that writes: the place cannot be written to, or lies behind a link.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._written: set[Path] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if kind is None:
            self._prune()
        else:
            with suppress(UsageError):  # what broke it off is to be told, not that the list suffers from the same
                self._list(self._names() | self._listed())

    def text(self, name: str, text: str) -> None:
        """Write a text file; one that says the same already stays as it is."""
        path = self._claim(name)
        content = text.encode()
        with explained(path):
            if not path.is_file() or path.read_bytes() != content:
                with replacing(path) as hidden:
                    hidden.write_bytes(content)

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
                    with replacing(path) as hidden:
                        shutil.copyfile(source, hidden)

    def keep(self, name: str) -> Path:
        """Where a file lies that is written by the caller, or was by an earlier report."""
        return self._claim(f"{BELOW}/{name}")

    def _prune(self) -> None:
        """Remove what the earlier report wrote and this one did not, and list this one's files for the next."""
        for name in self._listed() - self._names():
            with explained(self.root / name):
                (self.root / name).unlink(missing_ok=True)
        self._list(self._names())

    def _names(self) -> set[str]:
        return {path.relative_to(self.root).as_posix() for path in self._written}

    def _list(self, names: set[str]) -> None:
        self.text(LIST, json.dumps(sorted(names)))

    def _listed(self) -> set[str]:
        """What the earlier report wrote; nothing where its list is missing, damaged or another folder's."""
        if self._is_elsewhere(LIST):
            return set()
        try:
            listed = json.loads((self.root / LIST).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return set()
        names = {name for name in listed if isinstance(name, str)} if isinstance(listed, list) else set()
        # A list that was changed by hand or came with a strange folder must not lead out of it, nor to another's files.
        ours = {name for name in names if _is_ours(PurePosixPath(name)) and not self._is_elsewhere(name)}
        return {name for name in ours if (self.root / name).is_file()}

    def _claim(self, name: str) -> Path:
        path = self.root / name
        if self._is_elsewhere(name):
            raise UsageError(
                f"cannot write {path}: {path.parent} leads through a link to another folder, whose files a report "
                f"would replace and remove; put a folder in its place or choose another --out"
            )
        self._written.add(path)
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _is_elsewhere(self, name: str) -> bool:
        """Whether a folder between the root and the file is a link; the root itself may be one."""
        return (self.root / name).parent.resolve() != self.root.resolve() / PurePosixPath(name).parent


def _is_ours(name: PurePosixPath) -> bool:
    """Whether a report writes files of such names."""
    if not stays_below(str(name)):
        return False
    if len(name.parts) == 1:
        return name.suffix == ".html"
    return name.parts[0] == BELOW or (len(name.parts) == 2 and name.parts[0] in FOLDERS)


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
