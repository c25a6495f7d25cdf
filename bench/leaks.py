"""Which pairs of a test have a method's weights been trained on?"""

from __future__ import annotations

from collections.abc import Collection

from ..datasets import DATASETS
from ..datasets._dataset import Dataset


def seen(training: str, dataset: str, ids: Collection[str]) -> tuple[list[str], list[str]]:
    """Pairs of a test that are training data too, by the lists of ids and of what two data sets share.

    Args:
        training: ``data set/split`` that a method was trained on; "" where it is none of this package's.
        dataset: that is tested on.
        ids: pairs that are tested on.

    Returns:
        Those that training has seen, and splits of the tested data set that are free of all of them.
    """
    name, _, trained = training.partition("/")
    if not name or name not in DATASETS.names() or _is_anybodys(name) or _is_anybodys(dataset):
        return [], []
    learned, tested = DATASETS.get(name), DATASETS.get(dataset)
    if learned.card.name == tested.card.name:
        shared, free = _members(learned, trained, ids), []
    else:
        twins = _twins(learned, tested)
        shared = {twins[id] for id in _members(learned, trained, twins)}
        others = {split: tested.split_ids(split) for split in tested.card.splits} if shared else {}
        free = [split for split, listed in others.items() if listed is not None and shared.isdisjoint(listed)]
    return [id for id in ids if id in shared], free


def _members(dataset: Dataset, split: str, ids: Collection[str]) -> set[str]:
    """Those of some pairs that are in a split."""
    listed = dataset.split_ids(split)
    return {id for id in ids if dataset.holds(split, id)} if listed is None else set(listed).intersection(ids)


def _twins(learned: Dataset, tested: Dataset) -> dict[str, str]:
    """Pairs of one data set -> the same ones in the other, whichever of the two says so."""
    there = {id: twin for twin, id in tested.twins(learned.card.name).items()}
    return {**there, **learned.twins(tested.card.name)}


def _is_anybodys(name: str) -> bool:
    """Whether the data set is whatever images the user has: equal ids then say nothing."""
    card = DATASETS.get(name).card
    return card.pairs is None and not card.folder
