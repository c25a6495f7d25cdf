"""Is a folder laid out as a data set says it is, and what is there instead?"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..errors import UsageError

_NAMED = 6


def find_folder(root: Path, path: str) -> Path | None:
    """A folder below ``root`` by its path in any case, such as ``M3FD_Detection/Ir``; None where there is none."""
    found = root
    for name in path.split("/"):
        matching = (child for child in _children(found) if child.name.lower() == name.lower() and child.is_dir())
        child = next(matching, None)
        if child is None:
            return None
        found = child
    return found


def first_folder(root: Path, paths: Iterable[str]) -> Path | None:
    """The first of several folders that is there, see :func:`find_folder`."""
    return next((found for path in paths if (found := find_folder(root, path))), None)


def contents(folder: Path) -> str:
    """What a folder holds, for messages: "it holds 'a', 'b' and 3 more"."""
    names = [f"'{child.name}'" for child in _children(folder)]
    if not names:
        return "it is empty" if folder.is_dir() else "it is not there"
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"it holds {', '.join(names[:_NAMED])}{more}"


def wrong_folder(dataset: str, root: Path, expected: str) -> UsageError:
    """The error for a folder that does not look like the data set.

    Args:
        dataset: its name.
        root: the folder that was given.
        expected: what the folder must hold, in words.
    """
    return UsageError(f"data set '{dataset}': {root} must hold {expected}, and {contents(root)}; copy the data there")


def _children(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []
