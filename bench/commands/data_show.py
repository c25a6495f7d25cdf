"""``hifbench data show``: a picture of a data set's pairs, with their boxes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...datasets import DATASETS
from ...datasets._dataset import PairSequence
from ...datasets._images import write_image
from ...errors import UsageError
from ..contact_sheet import contact_sheet
from .shared import DataRoot, names, say, settings_of

MOST = 100
FIRST = 6


def show(
    name: Annotated[str, typer.Argument(help="Data set.")],
    out: Annotated[Path, typer.Option(help="Picture to write, ending in .png.")],
    split: Annotated[str | None, typer.Option(help="Split; the data set's default when left out.")] = None,
    pairs: Annotated[str | None, typer.Option(help="Ids of the pairs, with commas.")] = None,
    first: Annotated[
        int | None, typer.Option(min=1, max=MOST, help=f"The first so many pairs; {FIRST} when left out.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="Option of the data set, such as class_order=tardal.")
    ] = None,
    data: DataRoot = None,
) -> None:
    """Draw pairs side by side, infrared left, with ids and boxes, to see whether they fit."""
    if pairs is not None and first is not None:
        raise UsageError("--pairs and --first exclude each other; give one of them")
    options = {key: str(value) for key, value in settings_of(settings or []).items()}
    loaded = DATASETS.get(name).load(data, split, **options)
    wanted = names("--pairs", pairs)
    chosen = loaded.first(first or FIRST) if wanted is None else _named(loaded, wanted)
    sheet, faults = contact_sheet(chosen)
    write_image(out, sheet)
    for fault in faults.values():
        say(f"failed: {fault}")
    whole = f"{len(chosen) - len(faults)} of " if faults else ""
    say(f"{whole}{len(chosen)} pairs of {loaded.dataset}/{loaded.split} in {out}")
    if faults:
        raise typer.Exit(1)


def _named(loaded: PairSequence, wanted: list[str]) -> PairSequence:
    if len(wanted) > MOST:
        raise UsageError(f"--pairs names {len(wanted)} pairs; at most {MOST} go on one picture")
    places = {id: index for index, id in enumerate(loaded.ids)}
    for id in wanted:
        if id not in places:
            raise UsageError(
                f"--pairs: {loaded.dataset}/{loaded.split} has no pair '{id}' here; its first is '{loaded.ids[0]}'"
            )
    return loaded.pick([places[id] for id in wanted])
