"""The page of each method: its card, what it scored, and on which pairs it failed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..copy_check import COPIED
from ..tables import Table
from .content import Content
from .grid import Field, Grid, Row, of_scores

PAIRS_SHOWN = 10


@dataclass(frozen=True)
class Failure:
    """An error that befell some pairs of a method.

    Attributes:
        where: data set and condition.
        error: its text.
        pairs: the first of them.
        more: how many others.
    """

    where: str
    error: str
    pairs: list[str]
    more: int

    @property
    def count(self) -> int:
        """Number of pairs."""
        return len(self.pairs) + self.more


def files(methods: Sequence[str]) -> dict[str, str]:
    """Method -> file of its page; names that differ in case alone are two files on every disk."""
    return {
        method: f"method-{''.join(letter if letter.isascii() and letter.isalnum() else '-' for letter in method)}"
        f"-{hashlib.sha256(method.encode()).hexdigest()[:6]}.html"
        for method in methods
    }


def card(content: Content, method: str) -> list[tuple[str, str]]:
    """Facts on a method, for a list of terms."""
    facts: dict[str, Any] = content.results.run.get("methods", {}).get(method, {})
    options = ", ".join(f"{key} = {value}" for key, value in facts.get("options", {}).items())
    shown = [
        ("Method", facts.get("name", "")),
        ("Title", facts.get("title", "")),
        ("Paper", "" if facts.get("paper") == "none" else facts.get("paper", "")),
        ("Options", options),
        ("Trained on", facts.get("trained_on", "")),
        ("Licence of the weights", facts.get("weights_licence", "")),
        *((f"SHA-256 of {name}", hash) for name, hash in facts.get("weights_sha256", {}).items()),
        ("Skipped", content.results.plan["skipped"].get(method, "")),
    ]
    return [(term, str(value)) for term, value in shown if value]


def scores(content: Content, method: str) -> list[Grid]:
    """What a method scored: a table for each task and convention, its rows the data sets and conditions."""
    found: dict[tuple[str, str], list[tuple[Table, Row]]] = {}
    for table in content.tables:
        if method in table.means.index:
            # By its place: the name may be that of a line below another row as well, such as "difference".
            rows = [row for row in of_scores(table).rows if not row.below]
            mine = rows[list(table.means.index).index(method)]
            found.setdefault((table.task, table.convention), []).append((table, mine))
    return [_grid(task, convention, mine) for (task, convention), mine in found.items()]


def _grid(task: str, convention: str, found: Sequence[tuple[Table, Row]]) -> Grid:
    """One table of a method's rows; a metric's mark, which goes with the data set, stands at the value."""
    labels = {metric: label for table, _ in found for metric, label in table.labels.items()}
    rows = []
    for table, row in found:
        fields = {
            metric: Field(f"{field.text} {COPIED}", field.mark) if metric in table.copied else field
            for metric, field in zip(table.labels, row.fields[:-1], strict=True)
        }
        shown = [*(fields.get(metric, Field("–")) for metric in labels), row.fields[-1]]
        rows.append(Row(table.title.rpartition(":")[0], shown, row.seen))
    return Grid("", f"{tasks()[task]}, convention {convention}", "", "data", [*labels.values(), "pairs"], rows)


def tasks() -> dict[str, str]:
    """Task -> what it means."""
    return {
        "fusion": "Scored against the sources that the method was given",
        "fusion-clean": "Scored against the clean sources",
    }


def failures(content: Content) -> dict[str, list[Failure]]:
    """Method -> the errors of its pairs, alike ones in one."""
    rows = content.results.scores
    failed = rows[rows["error"].notna()]
    made: dict[str, list[Failure]] = {}
    keys = ["method", "dataset", "split", "degradation", "severity", "error"]
    for (method, dataset, split, degradation, severity, error), mine in failed.groupby(keys, sort=False):
        pairs = pd.unique(mine["pair"]).tolist()
        where = f"{dataset}, {split}" + ("" if degradation == "none" else f", {degradation} {severity:g}")
        found = Failure(where, str(error), pairs[:PAIRS_SHOWN], max(len(pairs) - PAIRS_SHOWN, 0))
        made.setdefault(str(method), []).append(found)
    return made
