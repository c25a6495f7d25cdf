"""The pictures that ``hifbench run --keep-fused`` left in a run directory, as far as they are those of its scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image

NOTE = "hifbench"
"""Key of the text in a picture that says which fingerprint it was made under."""


def fused(run_dir: Path, cell: dict[str, Any], pair: str) -> Path:
    """Where what a method made of a pair is kept."""
    return run_dir.joinpath("fused", *_folders(cell), f"{pair}.png")


def infrared(run_dir: Path, cell: dict[str, Any], pair: str) -> Path:
    """Where a pair's infrared image is kept."""
    dataset, split, *_ = _folders(cell)
    return run_dir.joinpath("sources", dataset, split, "infrared", f"{pair}.png")


def visible(run_dir: Path, cell: dict[str, Any], pair: str) -> Path:
    """Where a pair's visible image is kept, as the methods got it."""
    dataset, split, condition, *_ = _folders(cell)
    return run_dir.joinpath("sources", dataset, split, "visible", condition, f"{pair}.png")


def fingerprint(path: Path) -> str | None:
    """What a fused picture was made under.

    Raises:
        OSError: it cannot be read.
        SyntaxError: it is no PNG.
    """
    with Image.open(path, formats=("PNG",)) as picture:
        note = picture.info.get(NOTE)
    return note if isinstance(note, str) else None


def _folders(cell: dict[str, Any]) -> tuple[str, ...]:
    """Those of the cell's part: data set, split, condition and method."""
    return Path(str(cell["part"])).parts[1:-2]
