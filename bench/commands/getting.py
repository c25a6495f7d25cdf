"""How ``hifbench data get`` speaks to its user: terms, progress, and the steps that only the user can take."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.progress import BarColumn, DownloadColumn, TimeRemainingColumn, TransferSpeedColumn

from ...datasets import DATASETS
from ...datasets._acquisition import Download, Manual
from ...datasets._dataset import Dataset, DatasetCard
from ...datasets._download.install import Installed, Watch, install
from ...errors import UsageError
from .progress import progress
from .shared import console, interruptible, say


def wanted(name: str | None) -> Dataset:
    """The data set that was named.

    Raises:
        UsageError: none was named, or there is none of that name.
    """
    if name is None:
        known = (DATASETS.get(each).card for each in DATASETS.names())
        direct = ", ".join(card.name for card in known if isinstance(card.acquisition, Download))
        raise UsageError(
            f"data get: which data set? {direct} can be downloaded; of the others in 'hifbench list datasets' the "
            f"command says how to get them"
        )
    return DATASETS.get(name)


def obtain(dataset: Dataset, data: Path | None, *, accept_terms: bool) -> bool:
    """Get a data set that is not there.

    Args:
        dataset: which.
        data: the data root.
        accept_terms: whether the user has accepted the terms already.

    Returns:
        Whether the data set is there now, whole.

    Raises:
        UsageError: no data root, terms not accepted, or nothing is known on how to get it.
        DownloadError: it could not be downloaded.
    """
    card = dataset.card
    if not card.folder:
        say(f"{card.name}: nothing to get, it is {card.home}")
        return True
    if isinstance(card.acquisition, Manual):
        _print_steps(card, card.acquisition, data)
        return False
    if card.acquisition is None:
        raise UsageError(
            f"data set '{card.name}' does not say how it is got; see {card.home}, and put it into the "
            f"folder '{card.folder}' of the data root"
        )
    if data is None:
        raise UsageError(f"data get {card.name}: where to? give --data ROOT, or set HIFBENCH_DATA")
    _settle_terms(card, card.acquisition, data, accepted=accept_terms)
    installed = _follow(dataset, card.acquisition, data / card.folder)
    for url, sha256 in installed.unchecked.items():
        say(f"{card.name}: no checksum is published for {url}; what came has the sha256 {sha256}")
    say(f"{card.name}: {installed.files} files in {installed.folder}, with their sha256 in manifest.json")
    missing = (card.pairs or 0) - installed.pairs
    if missing > 0:
        say(f"{card.name}: {installed.pairs} pairs found, the full data set has {card.pairs}; see {card.home}")
    return missing <= 0


def _print_steps(card: DatasetCard, manual: Manual, data: Path | None) -> None:
    """What the user has to do; the answer to the call, thus on standard output."""
    folder = (data or Path("ROOT")) / card.folder
    lines = [
        f"{card.name}: {card.title}; its owner hands it out, hifbench cannot (address not checked by us):",
        *(f"  {number}. {step}" for number, step in enumerate(manual.steps, 1)),
        f"  {folder} must then hold:",
        *(f"    {path}" for path in manual.layout),
        f"  'hifbench data verify {card.name}' checks it.",
        *_terms(card),
    ]
    for line in lines:
        console().print(line, markup=False, soft_wrap=True)


def _terms(card: DatasetCard) -> list[str]:
    return [f"  terms: {card.licence}", f"  cite: {card.citation}", f"  home: {card.home}"]


def _settle_terms(card: DatasetCard, download: Download, data: Path, *, accepted: bool) -> None:
    """Show the terms, and ask unless they were accepted.

    Raises:
        UsageError: they are not accepted, or there is nobody to ask.
    """
    say(f"{card.name}: {card.title}, to {data / card.folder}")
    for archive in download.archives:
        say(f"  from: {archive.url}")
    say(f"  {download.standing}")
    for line in _terms(card):
        say(line)
    if accepted:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"data get {card.name}: accept the terms above with --accept-terms; nothing was downloaded")
    print("Do you accept these terms? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsageError(f"data get {card.name}: the terms were not accepted; nothing was downloaded")


def _follow(dataset: Dataset, download: Download, folder: Path) -> Installed:
    """Download with a display of its progress."""
    columns = BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn()
    with progress(*columns) as bar, interruptible() as check:
        task = bar.add_task("", total=None)
        stage = ""

        def on_bytes(what: str, done: int, total: int | None) -> None:
            nonlocal stage
            if what != stage:
                stage = what
                bar.reset(task, description=what)
            bar.update(task, completed=done, total=total)
            check()

        try:
            return install(dataset, download, folder, Watch(on_bytes, say))
        except KeyboardInterrupt:
            say(f"{dataset.card.name}: stopped; what is whole is kept, the same command gets the rest")
            raise
