"""``hifbench show``: a contact sheet of pairs under many methods, as one picture."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ...datasets import DATASETS
from ...datasets._dataset import PairSequence
from ...datasets._images import write_image
from ...errors import HifbenchError, PairError, UsageError
from ...methods._create import check_device
from ...methods._iterative import IterativeMethod
from ...methods._method import FusionMethod
from ..cell import CLEAN
from ..experiment import MethodChoice, ready_methods
from ..files import writable_folder
from ..insets import Window, most_different, with_insets
from ..montage import Tile, montage
from ..origins.lookup import origin_of
from ..origins.naming import resolve
from ..sources import Sources, prepare, read
from ..worker import describe, fuse_to_picture
from .progress import progress
from .shared import DataRoot, Device, interruptible, iteration_bar, names, say


def command(
    pairs: Annotated[list[str], typer.Argument(metavar="PAIR...", help="Ids of the pairs.")],
    dataset: Annotated[str, typer.Option(help="Their data set, see 'hifbench list datasets'.")],
    out: Annotated[Path, typer.Option(help="Picture to write, .png.")],
    split: Annotated[str | None, typer.Option(help="Its split; the data set's default when left out.")] = None,
    methods: Annotated[
        str | None, typer.Option(help="Methods, separated by commas; all that run as installed when left out.")
    ] = None,
    data: DataRoot = None,
    columns: Annotated[int, typer.Option(min=1, help="Pictures in a row.")] = 6,
    width: Annotated[int, typer.Option(min=16, max=4096, help="Of each picture, in pixels.")] = 240,
    inset: Annotated[
        list[str] | None,
        typer.Option(
            metavar="X,Y,WxH|none",
            help="A part to enlarge, in pixels; repeatable. Where the detail differs most when left out.",
        ),
    ] = None,
    device: Device = "cpu",
) -> None:
    """Fuse pairs by many methods and draw the results side by side, the two sources first."""
    if out.suffix.lower() != ".png":
        raise UsageError(f"--out {out}: the sheet is written as .png; give such a name")
    windows = None if not inset else [] if inset == ["none"] else [Window.parse(text) for text in inset]
    chosen = [resolve(name) for name in names("--methods", methods) or ready_methods()]
    chosen = [name for name in dict.fromkeys(chosen) if name not in ("infrared", "visible")]  # shown as sources
    there = DATASETS.get(dataset).load(data, split)
    indices = [_index(there, pair) for pair in dict.fromkeys(pairs)]
    writable_folder(out.parent)
    with progress() as bar, interruptible() as check:
        task = bar.add_task("fusing", total=len(indices) * len(chosen))
        watch = iteration_bar(bar, check)
        sheet = [_Block(there, index, device) for index in indices]
        for block in sheet:
            _check(windows or (), block)
        for name in chosen:
            bar.update(task, description=name)
            try:
                made: FusionMethod | HifbenchError = origin_of(MethodChoice(name=name)).build(
                    device, f"{there.dataset}/{there.split}"
                )
            except HifbenchError as error:
                made = error
            if isinstance(made, IterativeMethod):
                made.watch = watch
            for block in sheet:
                block.fuse(name, made)
                bar.advance(task)
                check()
    blocks = [_enlarged(block.tiles, windows) for block in sheet]
    write_image(out, montage(blocks, columns, width))
    faults = {f"{tile.title}: {tile.fault}": None for block in blocks for tile in block if tile.fault}
    for fault in faults:
        say(f"failed: {fault}")
    say(f"{len(blocks)} pair{'s' * (len(blocks) > 1)} under {len(chosen)} methods drawn to {out}")
    if faults:
        raise typer.Exit(1)


def _check(windows: Sequence[Window], block: _Block) -> None:
    levels = block.tiles[0].levels
    if levels is None:  # the pair cannot be read
        return
    height, width = levels.shape[-2:]
    for window in windows:
        if not window.fits(height, width):
            raise UsageError(
                f"--inset {window.left},{window.top},{window.width}x{window.height} is not within {block.id}, which is "
                f"{width}x{height}"
            )


def _enlarged(tiles: Sequence[Tile], windows: Sequence[Window] | None) -> list[Tile]:
    """The tiles of a pair with insets: those asked for, or the one where the fused pictures differ most."""
    pictures = [tile.levels for tile in tiles if tile.levels is not None]
    fused = pictures[2:] if len(pictures) > 3 else pictures
    if not fused or windows == []:
        return list(tiles)
    chosen = windows or [most_different(fused)]
    return [tile if tile.levels is None else replace(tile, levels=with_insets(tile.levels, chosen)) for tile in tiles]


def _index(pairs: PairSequence, id: str) -> int:
    if id in pairs.ids:
        return pairs.ids.index(id)
    near = difflib.get_close_matches(id, pairs.ids, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"it has {', '.join(pairs.ids[:3])}, ..."
    raise UsageError(f"data set '{pairs.dataset}', split '{pairs.split}', has no pair '{id}'; {hint}")


class _Block:
    """The tiles of one pair; a pair that cannot be read is one tile with the reason.

    Args:
        pairs: of the data set.
        index: of the pair.
        device: to fuse on.
    """

    def __init__(self, pairs: PairSequence, index: int, device: str) -> None:
        self.id = id = pairs.ids[index]
        self._sources: Sources | None = None
        try:
            self._sources = prepare(read(pairs[index], check_device(device)), CLEAN)
        except PairError as error:
            self.tiles = [Tile(id, None, str(error))]
        else:
            ir, vis = self._sources.scored["fusion"]
            self.tiles = [Tile(f"{id}: infrared", ir.levels[0]), Tile("visible", vis.levels[0])]

    def fuse(self, name: str, method: FusionMethod | HifbenchError) -> None:
        """Add the picture of a method, or why there is none."""
        if self._sources is None:
            return
        if isinstance(method, HifbenchError):
            self.tiles.append(Tile(name, None, str(method)))
            return
        try:
            self.tiles.append(Tile(name, fuse_to_picture(method, self._sources).levels[0]))
        except Exception as error:  # one failure must not hide the other pictures
            self.tiles.append(Tile(name, None, describe(error)))
