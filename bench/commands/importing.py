"""``hifbench import``: fused pictures that any toolbox has made become a method."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ... import datasets
from ...datasets import DATASETS
from ...datasets._images import is_image
from ...datasets._pairing import list_side
from ..origins import store
from ..origins.importing import NOT_STATED, Importing, Stated, check_method
from ..origins.store import Results
from .progress import progress
from .shared import DataRoot, interruptible, say, settings_of

SHOWN = 5


def command(
    results: Annotated[
        Path,
        typer.Argument(help="Folder of fused pictures named like the pairs, or pattern such as 'out/*_fused.png'."),
    ],
    method: Annotated[str, typer.Option(help="Name that they get: rfnet, ivf-net, dm-fusion, or one of your own.")],
    dataset: Annotated[str, typer.Option(help="Data set that they are of, see 'hifbench list datasets'.")],
    split: Annotated[str | None, typer.Option(help="Its split; the data set's default when left out.")] = None,
    licence: Annotated[str, typer.Option("--license", help="Under which the pictures may be used.")] = NOT_STATED,
    made_by: Annotated[str, typer.Option(help="Who made them, with what.")] = NOT_STATED,
    resize: Annotated[
        bool, typer.Option("--resize", help="Resize pictures of another size than their pair's.")
    ] = False,
    data: DataRoot = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="OPTION=VALUE", help="Set an option of the data set.")
    ] = None,
) -> None:
    """Keep the fused pictures of a folder as a method that runs and tables take like any other."""
    name = check_method(method)
    options = {key: str(value) for key, value in settings_of(settings or []).items()}
    pairs = datasets.load(DATASETS.resolve(dataset), data, split, **options)
    before = store.replaced_by(name, pairs.dataset, pairs.split)
    importing = Importing(name, pairs, _listed(results), Stated(str(results), made_by, licence), resize)
    if importing.rule:
        say(f"names are read as {importing.rule}")
    with progress() as bar, interruptible() as check:
        task = bar.add_task("importing", total=len(pairs))

        def on_pair() -> None:
            bar.advance(task)
            check()

        imported = importing.run(on_pair)
    if before:
        what = f"{len(before.pictures)} pictures that were imported from {before.source} on {before.imported[:10]}"
        say(f"replaced: {what}")
    _conclude(importing, imported)


def _listed(results: Path) -> dict[str, Path]:
    """The pictures of a folder or pattern by name; of a folder that holds folders alone, those below."""
    if results.is_dir() and not any(map(is_image, results.iterdir())):
        return list_side("RESULTS", results / "**" / "*")
    return list_side("RESULTS", results)


def _conclude(importing: Importing, imported: Results) -> None:
    """Say what was found; end with status 1 if a picture that is there could not be used."""
    pairs, name = importing.pairs, importing.method
    for id, why in list(importing.refused.items())[:SHOWN]:
        say(f"not imported: {id}: {why}")
    if len(importing.refused) > SHOWN:
        say(f"not imported: {len(importing.refused) - SHOWN} more")
    if importing.missing:
        say(f"missing: {len(importing.missing)} of {len(pairs)} pairs have no picture{_such_as(importing.missing)}")
    if importing.extra:
        say(f"extra: {len(importing.extra)} pictures are of no pair of the split{_such_as(importing.extra)}")
    if importing.lossy:
        say(f"lossy: {importing.lossy} pictures are JPEG, which loses detail; scores are of what is left")
    if importing.colour:
        say(f"colour: of {importing.colour} pictures the luminance is kept; the visible image's colour is put back")
    odd = [f"{id}: {remark}" for id, picture in imported.pictures.items() for remark in picture.remarks]
    for line in odd[:SHOWN]:
        say(f"odd: {line}")
    if len(odd) > SHOWN:
        say(f"odd: {len(odd) - SHOWN} more, all in the card")
    say(f"{len(imported.pictures)} of {len(pairs)} pairs of {pairs.dataset}, split {pairs.split}: {name}")
    say(f"kept in {imported.folder}; score them with 'hifbench run EXPERIMENT --method {name}'")
    if importing.refused:
        raise typer.Exit(1)


def _such_as(names: list[str]) -> str:
    more = ", ..." if len(names) > SHOWN else ""
    return f": {', '.join(names[:SHOWN])}{more}"
