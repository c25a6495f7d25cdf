"""Tables of means: methods down, metrics across, best and second best marked."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

import pandas as pd

from .balance import balanced
from .comparability import why_not
from .names import file_name, of_split
from .notes import seen_pairs, sentences
from .published import Paper
from .results import Results
from .source_rows import sources_first

ARROWS = {"higher": "↑", "lower": "↓"}
TIE = 1e-9  # relative: closer means are one rank


class Group(NamedTuple):
    """What tells the tables of a run apart, beside task and convention; columns of the scores."""

    dataset: str
    split: str
    degradation: str
    severity: float
    seed: int

    @classmethod
    def of(cls, cell: dict[str, Any]) -> Self:
        """The group of a cell of the plan."""
        return cls(*(cell[column] for column in cls._fields))


@dataclass(frozen=True)
class Table:
    """Means of one data set under one condition, for one task and convention.

    Attributes:
        name: usable as a file name.
        title: heading, with the number of pairs.
        note: what a reader must know, such as a partial run.
        labels: metric -> heading of its column, with the direction's arrow.
        means: methods x metrics, means over the pairs that have a value.
        counts: methods x metrics, number of pairs behind each mean.
        expected: method -> number of pairs expected.
        ranks: methods x metrics, 1 for best, 2 for second best, 0 for others; ties share a rank. All 0 where the
            rows are over different pairs; a mean over fewer pairs has 0 and takes no other's place.
        group: what it is of.
        rows: what a row is.
        seen: method -> how many of the pairs its weights were trained on; only methods where there are any.
        comparable: whether the rows are expected over the same pairs.
        fewer: method and metric of each mean that lacks pairs which others of its metric have.
        copied: metrics on which a source, returned as it is, beats all methods.
        paper: published numbers that stand beside, if there are any.
        task: ``fusion`` or ``fusion-clean``.
        convention: of the metrics.
    """

    name: str
    title: str
    note: str
    labels: dict[str, str]
    means: pd.DataFrame
    counts: pd.DataFrame
    expected: dict[str, int]
    ranks: pd.DataFrame
    group: Group
    rows: str = "method"
    seen: dict[str, int] = field(default_factory=dict)
    comparable: bool = True
    fewer: frozenset[tuple[str, str]] = frozenset()
    copied: frozenset[str] = frozenset()
    paper: Paper | None = None
    task: str = "fusion"
    convention: str = "default"


@dataclass(frozen=True)
class Slice:
    """What one table is made from.

    Attributes:
        name: usable as a file name.
        group: what it is of.
        cells: of the plan.
        task: ``fusion`` or ``fusion-clean``.
        convention: of the metrics.
        scores: rows of the cells, of this task and convention.
        metrics: columns, in the run's order.
        planned: method -> pairs that are expected of it; methods in the plan's order.
    """

    name: str
    group: Group
    cells: list[dict[str, Any]]
    task: str
    convention: str
    scores: pd.DataFrame
    metrics: list[str]
    planned: dict[str, list[str]]

    @property
    def methods(self) -> list[str]:
        """The rows."""
        return list(self.planned)

    @property
    def pairs(self) -> int:
        """How many are expected, of the method that has most."""
        return max(len(pairs) for pairs in self.planned.values())


def tables(results: Results) -> list[Table]:
    """All tables of a run, in the plan's order: one for each data set, condition, task and convention.

    Groups whose rows do not compare have none, see :func:`refused`.
    """
    results = balanced(results)
    return [_table(results, each) for each in slices(results)]


def slices(results: Results) -> Iterator[Slice]:
    """What each table of a run is made from, in the plan's order."""
    results = balanced(results)
    order = sources_first(results, dict.fromkeys(cell["method"] for cell in results.plan["cells"]))
    cards = results.run["metrics"]
    conventions = list(dict.fromkeys(name for card in cards.values() for name in card["conventions"]))
    for group, cells in groups(results).items():
        if why_not(results, cells):
            continue
        scores = results.of_parts([cell["part"] for cell in cells])
        pairs: dict[str, list[str]] = {}
        for cell in cells:
            pairs.setdefault(cell["method"], []).extend(cell["pairs"])
        planned = {method: pairs[method] for method in order if method in pairs}
        of_key = dict(list(scores.groupby(["task", "convention"], sort=False)))
        for task in ["fusion"] if group.degradation == "none" else ["fusion", "fusion-clean"]:
            for convention in conventions:
                mine = of_key.get((task, convention), scores.iloc[:0])
                there = set(mine["metric"].unique())
                columns = [
                    name
                    for name, card in cards.items()
                    if convention in card["conventions"] and (name in there or not there)
                ]
                if len(mine) or not len(scores):  # a group of which nothing is there yet is shown, and said so
                    name = "-".join([*_name(results, group), *suffixes(task, convention)])
                    yield Slice(name, group, cells, task, convention, mine, columns, planned)


def groups(results: Results) -> dict[Group, list[dict[str, Any]]]:
    """The plan's cells by the tables that they stand in, in its order."""
    found: dict[Group, list[dict[str, Any]]] = {}
    for cell in results.plan["cells"]:
        found.setdefault(Group.of(cell), []).append(cell)
    return found


def refused(results: Results) -> list[str]:
    """A line for each group of cells that has no table because its rows do not compare."""
    return [
        f"no table of {group.dataset}, {group.split} split{_condition(group)}: {why}; call 'hifbench run' for all of "
        f"its methods again, into a new folder"
        for group, cells in groups(results).items()
        if (why := why_not(results, cells))
    ]


def _table(results: Results, each: Slice) -> Table:
    cards = results.run["metrics"]
    values = each.scores[each.scores["value"].notna()]
    measured = values.groupby(["method", "metric"], sort=False)["value"].agg(["mean", "count"]).reset_index()
    means, counts = (
        measured.pivot_table(index="method", columns="metric", values=measure).reindex(
            index=each.methods, columns=each.metrics
        )
        for measure in ("mean", "count")
    )
    counts = counts.fillna(0).astype(int)
    comparable = len({frozenset(of_method) for of_method in each.planned.values()}) == 1
    fewer = _fewer(values, counts)
    ranked = means.mask(pd.DataFrame({name: [(row, name) in fewer for row in means.index] for name in means.columns},
                                     index=means.index))  # fmt: skip
    marks = {name: ranks(ranked[name], cards[name]["direction"]) if comparable else 0 for name in each.metrics}
    expected = {method: len(pairs) for method, pairs in each.planned.items()}
    return Table(
        name=each.name,
        title=heading(results, each.group.dataset, each.group.split, _condition(each.group), each.task, each.pairs),
        note=" ".join(sentences(results, each.cells, each.scores, each.convention, comparable, fewer)),
        labels={name: f"{cards[name]['label']} {ARROWS[cards[name]['direction']]}" for name in each.metrics},
        means=means,
        counts=counts,
        expected=expected,
        ranks=pd.DataFrame(marks, index=each.methods),
        group=each.group,
        seen=seen_pairs(results, each.cells),
        comparable=comparable,
        fewer=fewer,
        task=each.task,
        convention=each.convention,
    )


def _fewer(values: pd.DataFrame, counts: pd.DataFrame) -> frozenset[tuple[str, str]]:
    """Means that lack pairs of their metric: as many pairs are not enough, since each row may lack others.

    Args:
        values: rows of scores that have one.
        counts: methods x metrics, number of pairs with a value.
    """
    whole = values.groupby("metric")["pair"].nunique()
    return frozenset(
        (str(method), metric)
        for metric in counts.columns
        for method, count in counts[metric].items()
        if 0 < count < whole[metric]
    )


def _name(results: Results, group: Group) -> Iterator[str]:
    yield of_split(results, group.dataset, group.split)
    if group.degradation != "none":
        yield from (f"{file_name(group.degradation)}{group.severity:g}", f"seed{group.seed}")


def suffixes(task: str, convention: str) -> list[str]:
    """What the name of a table of scores ends with."""
    return [task] if convention == "default" else [task, file_name(convention)]


def _condition(group: Group) -> str:
    return "" if group.degradation == "none" else f", {group.degradation} {group.severity:g} (seed {group.seed})"


def heading(results: Results, dataset: str, split: str, condition: str, task: str, pairs: int) -> str:
    """A table's heading: data, condition, what was scored against, and over how many pairs."""
    against = ", scored against the clean sources" if task == "fusion-clean" else ""
    title = f"{dataset}, {split} split{condition}{against}: {pairs} pairs"
    facts = results.plan["datasets"].get(f"{dataset}/{split}", {})
    held, _, whole = facts.get("coverage", "").partition(" of ")
    few = ["--limit"] if facts.get("limit") else []
    partial = [f"this copy holds {held} of {whole}"] if held != whole else []
    return f"{title} ({'; '.join([*few, *partial])})" if few or partial else title


def ranks(means: pd.Series[float], direction: str) -> list[int]:
    """1 for the best, 2 for the second best, 0 for the others; infinite and missing means get no rank."""
    finite = sorted({value for value in means if math.isfinite(value)}, reverse=direction == "higher")
    distinct: list[float] = []
    for value in finite:
        if not distinct or not math.isclose(value, distinct[-1], rel_tol=TIE):
            distinct.append(value)
    return [
        next((rank for rank, top in enumerate(distinct[:2], 1) if math.isclose(value, top, rel_tol=TIE)), 0)
        for value in means
    ]
