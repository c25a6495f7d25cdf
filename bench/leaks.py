"""Which pairs of a test have a method's weights been trained on?"""

from __future__ import annotations

from collections.abc import Collection

from ..datasets import DATASETS


def seen(training: str, dataset: str, ids: Collection[str]) -> tuple[list[str], list[str]]:
    """Pairs of a test that are training data too, by the lists of ids and by what the cards say of overlaps.

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
        listed = learned.split_ids(trained)
        members = {id for id in ids if learned.holds(trained, id)} if listed is None else set(listed)
        return [id for id in ids if id in members], []
    shared = tested.card.name in learned.card.overlaps or learned.card.name in tested.card.overlaps
    if not shared or learned.card.avoids.get(trained) == tested.card.name:
        return [], []
    free = [which for which, other in tested.card.avoids.items() if other == learned.card.name]
    unseen = {id for which in free for id in tested.split_ids(which) or ()}
    return [id for id in ids if id not in unseen], free


def _is_anybodys(name: str) -> bool:
    """Whether the data set is whatever images the user has: equal ids then say nothing."""
    card = DATASETS.get(name).card
    return card.pairs is None and not card.folder
