"""Tables of means: methods down, metrics across, best and second best marked."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from .results import GROUP, Results

ARROWS = {"higher": "↑", "lower": "↓"}
TIE = 1e-9  # relative: closer means are one rank


@dataclass(frozen=True)
class Table:
    """Means of one data set under one condition.

    Attributes:
        name: usable as a file name.
        title: heading, with the number of pairs.
        note: what a reader must know, such as a partial run; empty if nothing.
        labels: metric -> heading of its column, with the direction's arrow.
        means: methods x metrics, means over the pairs that have a value.
        counts: methods x metrics, number of pairs behind each mean.
        expected: method -> number of pairs expected.
        ranks: methods x metrics, 1 for best, 2 for second best, 0 for others; ties share a rank.
    """

    name: str
    title: str
    note: str
    labels: dict[str, str]
    means: pd.DataFrame
    counts: pd.DataFrame
    expected: dict[str, int]
    ranks: pd.DataFrame

    @property
    def partial(self) -> bool:
        """Whether some mean rests on fewer pairs than expected."""
        return bool((self.counts.lt(pd.Series(self.expected), axis=0)).any(axis=None))


def tables(results: Results) -> list[Table]:
    """All tables of a run: one for each data set, split, condition and task, in the plan's order."""
    order = list(dict.fromkeys(cell["method"] for cell in results.plan["cells"]))
    keys = list(dict.fromkeys(tuple(cell[column] for column in GROUP) for cell in results.plan["cells"]))
    made = []
    for key in keys:
        scores = results.scores
        for column, value in zip(GROUP, key, strict=True):
            scores = scores[scores[column] == value]
        for task, of_task in scores.groupby("task", sort=False):
            made.append(_table(results, key, str(task), of_task, order))
    return made


def _table(
    results: Results, key: tuple[str, str, str, float, int], task: str, scores: pd.DataFrame, order: list[str]
) -> Table:
    dataset, split, degradation, severity, seed = key
    cells = [cell for cell in results.plan["cells"] if tuple(cell[column] for column in GROUP) == key]
    expected: dict[str, int] = {}
    for cell in cells:
        expected[cell["method"]] = expected.get(cell["method"], 0) + len(cell["pairs"])
    rows = [method for method in order if method in expected]
    cards = results.run["metrics"]
    columns = [metric for metric in cards if metric in set(scores["metric"])]
    means, counts = (
        scores.pivot_table(index="method", columns="metric", values="value", aggfunc=function).reindex(
            index=rows, columns=columns
        )
        for function in ("mean", "count")
    )
    counts = counts.fillna(0).astype(int)
    directions = {metric: str(cards[metric]["direction"]) for metric in columns}
    ranks = pd.DataFrame({metric: _ranks(means[metric], directions[metric]) for metric in columns}, index=rows)
    condition = "" if degradation == "none" else f", {degradation} {severity:g} (seed {seed})"
    against = ", scored against the clean sources" if task == "fusion-clean" else ""
    coverage = results.plan["datasets"].get(f"{dataset}/{split}", {}).get("coverage", "")
    pairs = max(expected.values())
    title = f"{dataset}, {split} split{condition}{against}: {pairs} pairs"
    if coverage and coverage.split(" of ")[0] != coverage.split(" of ")[-1]:
        title += f" (this copy holds {coverage})"
    labels = {metric: f"{cards[metric]['label']} {ARROWS[directions[metric]]}" for metric in columns}
    parts = [dataset, split, *([] if degradation == "none" else [f"{degradation}{severity:g}"]), task]
    return Table(
        "-".join(part.replace("/", "_") for part in parts),
        title,
        _note(results, cells, scores, seed),
        labels,
        means,
        counts,
        expected,
        ranks,
    )


def _ranks(means: pd.Series[float], direction: str) -> list[int]:
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


def _note(results: Results, cells: list[dict[str, object]], scores: pd.DataFrame, seed: int) -> str:
    def sentences() -> Iterator[str]:
        parts = {cell["part"] for cell in cells}
        missing = [cell for cell in results.missing if cell["part"] in parts]
        if missing:
            pairs = sum(len(cell["pairs"]) for cell in missing)
            yield (
                f"PARTIAL: {len(missing)} of {len(cells)} parts ({pairs} fusions) are not there yet; "
                f"call the same 'hifbench run' again to complete them."
            )
        failed = scores[scores["error"].notna()]
        if len(failed):
            fusions = len(failed[["method", "pair"]].drop_duplicates())
            first = failed.iloc[0]
            yield (
                f"{fusions} fusions have an error and are left out of the means, "
                f"the first: {first['method']}, {first['pair']}: {first['error']}."
            )
        conventions = sorted(set(scores["convention"]))
        yield f"Convention: {', '.join(conventions)}."

    return " ".join(sentences())
