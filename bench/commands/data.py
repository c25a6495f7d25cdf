"""``hifbench data``: get data sets, see what is there of each, and whether it is whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ...datasets import DATASETS
from ...datasets._dataset import Dataset, PairSequence, PairSource
from ...datasets._labels.audit import audit
from ...datasets._manifest import NAME as MANIFEST
from ...datasets._manifest import ManifestReport
from ...datasets._manifest import verify as compare
from ...errors import HifbenchError, UsageError
from .data_show import show
from .getting import obtain, wanted
from .shared import DataRoot, console, say

command = typer.Typer(help="Get data sets, see what is there of each, and whether it is whole.", no_args_is_help=True)

command.command("show")(show)

Name = Annotated[str | None, typer.Argument(help="Data set; all of them when left out.")]
SHOWN_FILES = 10


def _chosen(name: str | None) -> list[Dataset]:
    if name:
        return [DATASETS.get(name)]
    everything = [DATASETS.get(known) for known in DATASETS.names()]
    return [dataset for dataset in everything if dataset.card.has_place]


@command.command("status")
def status(name: Name = None, data: DataRoot = None) -> None:
    """Show which data sets are there, with the pairs of each split."""
    if data is not None and not data.is_dir():
        raise UsageError(f"no data root {data}; give --data an existing folder, or set HIFBENCH_DATA to one")
    chosen = _chosen(name)
    say(f"data root: {data or 'none; give --data or set HIFBENCH_DATA'}")
    out = console()
    for number, dataset in enumerate(chosen):
        card = dataset.card
        if number:
            out.print()
        out.print(f"{card.name}: {card.title}", markup=False, style="bold")
        loaded, problems = _load_splits(dataset, data)
        if not loaded:
            out.print(f"  not usable: {problems[0]}", markup=False, soft_wrap=True)
            out.print(f"  home: {card.home}", markup=False, soft_wrap=True)
            continue
        broken: dict[str, str] = {}
        for pairs in loaded:
            default = " (default)" if pairs.split == card.default_split else ""
            unusable = {source.id: why for source in pairs.sources if (why := source.fault())}
            count = f"; {len(unusable)} more cannot be used" if unusable else ""
            there = f"{len(pairs) - len(unusable)} of {pairs.expected} pairs{count}"
            out.print(f"  {pairs.split}{default}: {there}", markup=False)
            broken |= unusable
        for pair, why in list(broken.items())[:SHOWN_FILES]:
            out.print(f"  cannot be used: {pair}: {why}", markup=False, soft_wrap=True)
        if len(broken) > SHOWN_FILES:
            out.print(f"  cannot be used: {len(broken) - SHOWN_FILES} more", markup=False)
        for problem in problems:
            out.print(f"  {problem}", markup=False, soft_wrap=True)
        for pair, why in loaded[0].excluded.items():
            out.print(f"  left out: {pair}: {why}", markup=False, soft_wrap=True)
        for pair in loaded[0].unlisted[:SHOWN_FILES]:
            out.print(f"  in no split: {pair}", markup=False, soft_wrap=True)
        for quirk in card.quirks:
            out.print(f"  note: {quirk}", markup=False, soft_wrap=True)
        if card.classes:
            out.print(f"  classes: {', '.join(card.classes)}", markup=False, soft_wrap=True)
        out.print(f"  licence: {card.licence}", markup=False, soft_wrap=True)


def _load_splits(dataset: Dataset, data: Path | None) -> tuple[list[PairSequence], list[HifbenchError]]:
    """The splits of which something is there, and what is wrong with the others."""
    loaded, problems = [], []
    for split in dataset.card.splits:
        try:
            loaded.append(dataset.load(data, split))
        except HifbenchError as error:
            problems.append(error)
    return loaded, problems


@command.command("get")
def get(
    name: Annotated[str | None, typer.Argument(help="Data set, see 'hifbench list datasets'.")] = None,
    data: DataRoot = None,
    accept_terms: Annotated[
        bool, typer.Option("--accept-terms", help="Accept the terms that the call shows, without being asked.")
    ] = False,
) -> None:
    """Download a data set; of one that cannot be had without its owner, say how to get it."""
    dataset = wanted(name)
    if data is not None and dataset.card.folder and (data / dataset.card.folder).exists():
        say(f"{dataset.card.name}: {data / dataset.card.folder} is there already and is left as it is; checking it")
        verify(name, data)
    elif not obtain(dataset, data, accept_terms=accept_terms):
        raise typer.Exit(1)


@command.command("verify")
def verify(name: Name = None, data: DataRoot = None) -> None:
    """Check a data set's files against its manifest.json, else its number of pairs against its card."""
    faults = checked = 0
    for dataset in _chosen(name):
        if not dataset.card.folder:
            continue  # drawn, or the user's own: there is nothing to compare with
        try:
            folder = dataset.folder(data)
        except UsageError as error:
            if name:
                raise
            say(f"{dataset.card.name}: not there ({error})")
            continue
        checked += 1
        assert folder is not None  # a card with a folder has one
        report = None
        try:  # whatever is wrong here, the other data sets are to be checked all the same
            report = compare(folder)
            faults += 0 if report is None else _manifest_faults(dataset, folder, report)
        except HifbenchError as error:
            say(f"{dataset.card.name}: {error}")
            faults += 1
        try:
            sources = dataset.find(folder)
        except HifbenchError as error:
            say(str(error))
            faults += 1
            continue
        lacking = _count_faults(dataset, sources, listed=(folder / MANIFEST).exists())
        faults += lacking if report is None else 0  # else the manifest says what this copy is to hold
        faults += _label_faults(dataset, sources) if dataset.card.classes else 0
    if not checked and name:
        say(f"{name}: nothing to compare with; this data set is not downloaded")
    if faults:
        raise typer.Exit(1)


def _manifest_faults(dataset: Dataset, folder: Path, found: ManifestReport) -> int:
    """Number of faults against the manifest, which are shown."""
    for what, files in (("missing", found.missing), ("changed", found.changed), ("not listed", found.extra)):
        for file in files[:SHOWN_FILES]:
            say(f"{dataset.card.name}: {what}: {folder / file}")
        if len(files) > SHOWN_FILES:
            say(f"{dataset.card.name}: {what}: {len(files) - SHOWN_FILES} more")
    verdict = "as it says" if found.ok else f"{len(found.missing)} missing, {len(found.changed)} changed"
    others = f"; {len(found.extra)} images are not in it and were not compared" if found.extra else ""
    say(f"{dataset.card.name}: {found.files} files in {MANIFEST}, {verdict}{others}")
    return len(found.missing) + len(found.changed)


def _count_faults(dataset: Dataset, sources: Sequence[PairSource], *, listed: bool) -> int:
    """Number of pairs that a folder lacks of the full data set, or has in part; those known to be bad are not shown."""
    card = dataset.card
    broken = {source.id: why for source in sources if source.id not in card.excluded and (why := source.fault())}
    for pair, why in list(broken.items())[:SHOWN_FILES]:
        say(f"{card.name}: pair '{pair}': {why}")
    if len(broken) > SHOWN_FILES:
        say(f"{card.name}: {len(broken) - SHOWN_FILES} more pairs cannot be used")
    found, expected = len(sources) - len(broken), card.pairs
    full = f"the full data set has {expected}" if expected else "how many the full data set has is not known"
    part = "; this copy is a part of it" if listed and expected and found < expected else ""
    say(f"{card.name}: {'' if listed else f'no {MANIFEST}; '}{found} pairs found, {full}{part}")
    return max(len(broken), (expected or 0) - found)


def _label_faults(dataset: Dataset, sources: Sequence[PairSource]) -> int:
    """Number of annotations that cannot be used; what they hold is shown, because it tells editions apart."""
    found = audit(sources)
    for fault in found.faults[:SHOWN_FILES]:
        say(f"{dataset.card.name}: {fault}")
    for path in found.orphans[:SHOWN_FILES]:
        say(f"{dataset.card.name}: annotation without a usable pair: {path}")
    classes = ", ".join(f"{count} {label}" for label, count in found.boxes.items())
    cut = f", {found.clipped} of them cut at the border" if found.clipped else ""
    boxes = f"{sum(found.boxes.values())} boxes{cut} ({classes or 'none'})"
    say(
        f"{dataset.card.name}: {found.labelled} of {len(sources)} pairs annotated, {boxes}; "
        f"{len(found.faults)} unusable, {len(found.orphans)} without a usable pair"
    )
    return len(found.faults)
