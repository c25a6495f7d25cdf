"""Which rows of an experiment can run, and on which data sets: the others are skipped with a reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..methods._weights import MissingWeightsError
from .cell import Condition
from .experiment import DatasetChoice, MethodChoice
from .origins.lookup import origin_of
from .origins.origin import Origin
from .origins.store import MissingResultsError

Usable = tuple[MethodChoice, Origin, dict[str, Any]]
"""A row that can run, where its pictures come from, and what determines them."""


def usable_methods(
    choices: Sequence[MethodChoice],
    named: Sequence[str],
    skipped: dict[str, str],
    training: Mapping[str, Mapping[str, Any]],
) -> Iterator[Usable]:
    """Methods that can run, wherever their pictures come from.

    Args:
        choices: rows of the experiment.
        named: rows that the user asked for by name.
        skipped: row of each method that cannot run -> why; filled in.
        training: row whose weights the run trains -> facts on that, and under ``fault`` why it has none.

    Raises:
        UsageError: an option that does not fit, or code that cannot be imported.
        WeightsError: a row that the user asked for has no usable weights.
    """
    for choice in choices:
        origin = origin_of(choice)
        origin.check()
        trained = training.get(choice.row, {})
        try:
            described = origin.determines(untrained=bool(trained.get("fault")))
        except (MissingWeightsError, MissingResultsError) as error:
            if choice.row in named or choice.weights != "default":
                raise
            skipped[choice.row] = str(error)
            continue
        if not trained and (choice.row in named or not origin.card.needs_weights):
            origin.build("cpu")  # a fault shows before anything is computed
        yield choice, origin, {**described, "training": dict(trained)} if trained else described


def skipped_there(method: MethodChoice, choice: DatasetChoice) -> str:
    """How a row that has nothing of one data set is called among what is skipped."""
    return f"{method.row} on {choice.shown}"


def with_pictures(
    choice: DatasetChoice, methods: Sequence[Usable], conditions: Sequence[Condition], skipped: dict[str, str]
) -> Iterator[Usable]:
    """Methods that may have pictures of a data set.

    Args:
        choice: the data set.
        methods: that can run.
        conditions: of the experiment.
        skipped: what runs on nothing of the data set, or on nothing of it that is degraded -> why; filled in.
    """
    for usable in methods:
        method, origin, _ = usable
        why = origin.lacks(choice.name)
        if why:
            skipped[skipped_there(method, choice)] = why
            continue
        if origin.from_clean and len(conditions) > 1:
            skipped[f"{method.row} on degraded {choice.shown}"] = "its pictures were made of the clean images elsewhere"
        yield usable
