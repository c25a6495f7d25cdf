"""Tables of means: methods down, metrics across, best and second best marked."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

import pandas as pd

from .results import Results

ARROWS = {"higher": "↑", "lower": "↓"}
SEEN = "†"
"""Mark of a method that was trained on pairs of the table."""

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
            rows are over different pairs.
        group: what it is of.
        rows: what a row is.
        seen: method -> how many of the pairs its weights were trained on; only methods where there are any.
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


def tables(results: Results) -> list[Table]:
    """All tables of a run, in the plan's order: one for each data set, condition, task and convention."""
    groups: dict[Group, list[dict[str, Any]]] = {}
    for cell in results.plan["cells"]:
        groups.setdefault(Group.of(cell), []).append(cell)
    conventions = list(dict.fromkeys(name for card in results.run["metrics"].values() for name in card["conventions"]))
    made = []
    for group, cells in groups.items():
        scores = results.of_parts([cell["part"] for cell in cells])
        tasks = ["fusion"] if group.degradation == "none" else ["fusion", "fusion-clean"]
        for task in tasks:
            for convention in conventions:
                of_table = scores[(scores["task"] == task) & (scores["convention"] == convention)]
                if len(of_table) or not len(scores):  # a group of which nothing is there yet is shown, and said so
                    made.append(_table(results, group, cells, task, convention, of_table))
    return made


def _table(
    results: Results, group: Group, cells: list[dict[str, Any]], task: str, convention: str, scores: pd.DataFrame
) -> Table:
    pairs: dict[str, list[str]] = {}
    for cell in cells:
        pairs.setdefault(cell["method"], []).extend(cell["pairs"])
    order = dict.fromkeys(cell["method"] for cell in results.plan["cells"])
    rows = [method for method in order if method in pairs]
    cards = results.run["metrics"]
    there = set(scores["metric"])
    columns = [
        name for name, card in cards.items() if convention in card["conventions"] and (name in there or not there)
    ]
    values = scores[scores["value"].notna()]
    means, counts = (
        values.pivot_table(index="method", columns="metric", values="value", aggfunc=function).reindex(
            index=rows, columns=columns
        )
        for function in ("mean", "count")
    )
    counts = counts.fillna(0).astype(int)
    comparable = len({frozenset(of_method) for of_method in pairs.values()}) == 1
    marks = pd.DataFrame(
        {name: ranks(means[name], cards[name]["direction"]) if comparable else 0 for name in columns}, index=rows
    )
    note = " ".join(sentences(results, cells, scores, convention, comparable))
    labels = {name: f"{cards[name]['label']} {ARROWS[cards[name]['direction']]}" for name in columns}
    expected = {method: len(pairs[method]) for method in rows}
    name = "-".join([*_name(group), task, *([] if convention == "default" else [convention])])
    title = _title(results, group, task, expected)
    trained = seen_pairs(results, cells)
    return Table(name, title, note, labels, means, counts, expected, marks, group, seen=trained)


def seen_pairs(results: Results, cells: list[dict[str, Any]]) -> dict[str, int]:
    """Row -> how many pairs of these cells' data set its weights were trained on; only rows where there are any."""
    return {row: fact["pairs"] for row, fact in _seen(results, cells).items()}


def _seen(results: Results, cells: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    places = {f"{cell['dataset']}/{cell['split']}" for cell in cells}
    rows = {cell["method"] for cell in cells}
    of_place = results.run.get("seen", {})
    return {row: fact for place in places for row, fact in of_place.get(place, {}).items() if row in rows}


def _leaks(seen: dict[str, dict[str, Any]]) -> Iterator[str]:
    if not seen:
        return
    rows = [f"{row} ({fact['pairs']} of {fact['of']}, in {fact['training']})" for row, fact in seen.items()]
    free = dict.fromkeys(split for fact in seen.values() for split in fact["free"])
    mend = f"; draw claims on them from the split {' or '.join(free)}" if free else ""
    yield f"{SEEN} trained on pairs of this table: {', '.join(rows)}{mend}."


def _name(group: Group) -> Iterator[str]:
    yield from file_names(group.dataset, group.split)
    if group.degradation != "none":
        yield from (f"{group.degradation}{group.severity:g}", f"seed{group.seed}")


def file_names(*names: str) -> Iterator[str]:
    """Names as parts of a file's name."""
    for name in names:
        yield "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in name)


def _title(results: Results, group: Group, task: str, expected: dict[str, int]) -> str:
    condition = "" if group.degradation == "none" else f", {group.degradation} {group.severity:g} (seed {group.seed})"
    return heading(results, group.dataset, group.split, condition, task, max(expected.values()))


def heading(results: Results, dataset: str, split: str, condition: str, task: str, pairs: int) -> str:
    """A table's heading: data, condition, what was scored against, and over how many pairs."""
    against = ", scored against the clean sources" if task == "fusion-clean" else ""
    title = f"{dataset}, {split} split{condition}{against}: {pairs} pairs"
    coverage = results.plan["datasets"].get(f"{dataset}/{split}", {}).get("coverage", "")
    held, _, whole = coverage.partition(" of ")
    return title if held == whole else f"{title} (this copy holds {coverage})"


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


def sentences(
    results: Results, cells: list[dict[str, Any]], scores: pd.DataFrame, convention: str, comparable: bool
) -> Iterator[str]:
    """What a reader of a table must know.

    Args:
        results: of the run.
        cells: those of the plan that the table is over.
        scores: those rows of theirs that the table is over.
        convention: of the table.
        comparable: whether its rows are over the same pairs.
    """
    yield from _leaks(_seen(results, cells))
    missing = results.missing(cells)
    if missing:
        fusions = sum(len(cell["pairs"]) for cell in missing)
        yield (
            f"PARTIAL: {len(missing)} of {len(cells)} parts ({fusions} fusions) are not there yet; call the same "
            f"'hifbench run' again to complete them."
        )
    if not comparable:
        yield "The rows are over different pairs: they do not compare, and nothing is marked."
    failed = scores[scores["error"].notna()]
    if len(failed):
        first = failed.iloc[0]
        yield (
            f"{len(failed[['method', 'pair']].drop_duplicates())} fusions have an error and are left out of the means, "
            f"the first: {first['method']}, {first['pair']}: {first['error']}."
        )
    undefined = scores[scores["error"].isna() & scores["value"].isna()]
    if len(undefined):
        first = undefined.iloc[0]
        yield (
            f"{len(undefined)} values are undefined (NaN) and are left out of the means, the first: "
            f"{first['metric']} of {first['method']}, {first['pair']}."
        )
    if scores["value"].isin([math.inf, -math.inf]).any():
        yield "An infinite mean is not ranked."
    for row, why in results.plan["skipped"].items():
        yield f"Skipped: {row}: {why}."
    lacking = [
        name
        for name, card in results.run["metrics"].items()
        if "@" not in name and convention not in card["conventions"]
    ]
    if lacking:
        yield f"Not under this convention: {', '.join(lacking)}."
    cards = results.run.get("methods", {})
    for row in dict.fromkeys(cell["method"] for cell in cells):
        remark = cards.get(row, {}).get("remarks", {}).get(cells[0].get("dataset_choice", {}).get("name"))
        if remark:
            yield f"{row}: {remark}."
    determines = [results.plan.get("fingerprints", {}).get(cell.get("fingerprint"), {}) for cell in cells]
    depths = dict.fromkeys(facts["depth"]["source"] for facts in determines if "depth" in facts)
    if depths:
        yield f"Depth: {' and '.join(depths)}."
    yield f"Convention: {convention}."
