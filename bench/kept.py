"""The pictures that a run keeps: what was fused, and the two sources it was fused from."""

from __future__ import annotations

import hashlib
from pathlib import Path

from torch import Tensor

from ..datasets._images import image_note, write_image
from . import parts
from .cell import Cell
from .sources import Sources

FUSED, SOURCES = "fused", "sources"


def fused_path(run_dir: Path, cell: Cell, id: str) -> Path:
    """Where a fused picture is kept: below ``fused``, in the folders of its part but the fingerprint."""
    return run_dir.joinpath(FUSED, *_folders(cell), f"{id}.png")


def infrared_path(run_dir: Path, cell: Cell, id: str) -> Path:
    """Where a pair's infrared image is kept: no degradation touches it, so there is one for all conditions."""
    dataset, split, *_ = _folders(cell)
    return run_dir.joinpath(SOURCES, dataset, split, "infrared", f"{id}.png")


def visible_path(run_dir: Path, cell: Cell, id: str) -> Path:
    """Where a pair's visible image is kept as the methods got it, degraded or not."""
    dataset, split, condition, *_ = _folders(cell)
    return run_dir.joinpath(SOURCES, dataset, split, "visible", condition, f"{id}.png")


def all_paths(run_dir: Path, cell: Cell, id: str) -> tuple[Path, Path, Path]:
    """Where the three pictures of a pair are kept: fused, infrared, visible."""
    return fused_path(run_dir, cell, id), infrared_path(run_dir, cell, id), visible_path(run_dir, cell, id)


def keep(run_dir: Path, cell: Cell, id: str, fused: Tensor, sources: Sources) -> None:
    """Write a fused picture, and its sources unless another method's cell has done so.

    Args:
        run_dir: the run directory.
        cell: that the pair belongs to.
        id: of the pair.
        fused: (1, H, W) or (3, H, W) in whole levels 0..255.
        sources: that were fused.

    Raises:
        UsageError: a picture cannot be written.
    """
    write_image(fused_path(run_dir, cell, id), fused.cpu(), cell.fingerprint)
    infrared, visible = (picture.levels[0].cpu() for picture in sources.scored["fusion"])
    _write_once(infrared_path(run_dir, cell, id), infrared)
    _write_once(visible_path(run_dir, cell, id), visible)


def are_kept(run_dir: Path, cell: Cell) -> bool:
    """Whether the pictures of a cell whose part is there are too, the fused ones made under its fingerprint."""
    missing = {id for id in cell.pairs if not _is_kept(run_dir, cell, id)}
    return not missing or missing <= parts.pairs_without_picture(run_dir / cell.part)


def is_of_cell(run_dir: Path, cell: Cell, id: str) -> bool:
    """Whether the fused picture of a pair is there and was made under the cell's fingerprint."""
    return image_note(fused_path(run_dir, cell, id)) == cell.fingerprint


def _is_kept(run_dir: Path, cell: Cell, id: str) -> bool:
    # Sources bear no fingerprint: whoever wrote the fused picture saw to it that they are the ones it is of.
    sources = infrared_path(run_dir, cell, id), visible_path(run_dir, cell, id)
    return is_of_cell(run_dir, cell, id) and all(path.is_file() for path in sources)


def _write_once(path: Path, levels: Tensor) -> None:
    content = hashlib.sha256(repr(tuple(levels.shape)).encode())
    content.update(levels.byte().contiguous().numpy().tobytes())
    note = content.hexdigest()
    if image_note(path) != note:
        write_image(path, levels, note)


def _folders(cell: Cell) -> tuple[str, ...]:
    """Data set, split, condition, method and, where boxes are looked for, the detector's protocol."""
    return Path(cell.part).parts[1:-2]
