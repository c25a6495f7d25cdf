"""Average precision of a run in the layout of the DeRUN paper's Table 4: metrics down, methods across."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from .bootstrap import FEWEST
from .names import file_name, of_detector, of_split
from .notes import left_out
from .published import numbers
from .results import PART, Results
from .robustness import Sheet
from .source_rows import sources_first
from .tables import ARROWS, ranks

EXPERIMENT = "table4"
"""Name of the experiment that is shown beside the published numbers."""

HEADLINES = ("mAP@.5", "mAP@.75", "mAP@.5:.95")
SECOND = f"{HEADLINES[-1]} by ultralytics"
LEARNT = "§"
"""Marks a method whose pictures the frozen detector was trained on."""

DRAWN = "synthetic"
"""Data set that is drawn, not taken."""

OF_CLASS = "AP@.5:.95:"
"""What the names of the rows on single classes begin with."""

PROTOCOLS = {
    "frozen": "one detector for all methods",
    "retrained": "for each method a detector of its own, trained on what the method fuses of the train split",
}
_KEY = ["dataset", "split", "degradation", "severity", "seed", "convention"]


@dataclass(frozen=True)
class Detection:
    """One table; frames are rows x methods.

    Attributes:
        name: usable as a file name.
        title: heading.
        note: what a reader must know.
        labels: row -> its heading.
        heads: method -> its heading.
        precision: average; NaN where there is none.
        lows: lower ends of the intervals over images; NaN where there is none.
        highs: upper ends.
        images: method -> images that its values are over; 0 where nothing is there yet.
        published: the paper's values; NaN elsewhere.
        best: whether a value is the best of its row; nowhere where methods are over different images.
    """

    name: str
    title: str
    note: str
    labels: dict[str, str]
    heads: dict[str, str]
    precision: pd.DataFrame
    lows: pd.DataFrame
    highs: pd.DataFrame
    images: dict[str, int]
    published: pd.DataFrame
    best: pd.DataFrame


def detections(results: Results) -> list[Detection]:
    """The tables of a run: one for each data set, condition, protocol and detector, in the plan's order."""
    return [_table(results, rows) for rows in tables_of(results)]


def tables_of(results: Results) -> list[list[dict[str, Any]]]:
    """The plan's rows of average precision by the table that they stand in."""
    return _groups(results, _KEY)


def sheets(results: Results) -> list[Sheet]:
    """Average precision against the severity of each degradation, with the intervals as bands."""
    return [_sheet(results, rows) for rows in _ladders(results)]


def falls(results: Results) -> list[Detection]:
    """The headline of each degradation's severities in one table."""
    return [_fall(results, rows) for rows in _ladders(results)]


def _groups(results: Results, key: Sequence[str]) -> list[list[dict[str, Any]]]:
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in results.plan["evaluations"]:
        groups.setdefault(tuple(row[column] for column in key), []).append(row)
    return list(groups.values())


def _ladders(results: Results) -> Iterator[list[dict[str, Any]]]:
    """Rows of each data set's degradations, those on clean images with each of them."""
    for of_data in _groups(results, ["dataset", "split", "convention"]):
        clean = [row for row in of_data if row["degradation"] == "none"]
        names = dict.fromkeys((row["degradation"], row["seed"]) for row in of_data if row["degradation"] != "none")
        for name in names:
            yield [*clean, *(row for row in of_data if (row["degradation"], row["seed"]) == name)]


class _Values:
    """Values of some rows of average precision: (row's part, metric) -> value."""

    def __init__(self, results: Results, rows: Sequence[dict[str, Any]]) -> None:
        scores = results.of_parts([row["part"] for row in rows])
        whole = scores[(scores["pair"] == "all") & scores["error"].isna()]
        self.there = set(scores[PART])
        self.errors = scores[scores["error"].notna()]
        self._values = dict(zip(zip(whole[PART], whole["metric"], strict=True), whole["value"], strict=True))

    def of(self, row: dict[str, Any], metric: str) -> float:
        return float(self._values.get((row["part"], metric), math.nan))

    def has(self, metric: str) -> bool:
        return any(name == metric for _, name in self._values)

    def images(self, row: dict[str, Any], metric: str = "images") -> int:
        value = self.of(row, metric)
        return 0 if math.isnan(value) else int(value)


def _table(results: Results, rows: list[dict[str, Any]]) -> Detection:
    values = _Values(results, rows)
    first = rows[0]
    second = [name for name in (f"{metric} by ultralytics" for metric in HEADLINES) if values.has(name)]
    of_classes = [f"{OF_CLASS}{name}" for name in first["classes"] if len(first["classes"]) > 1]
    metrics = [*HEADLINES, *second, *of_classes]
    of_method = {row["method"]: row for row in rows}
    own = {name: of_method[name] for name in sources_first(results, of_method)}
    paper = _published(results, first["dataset"])
    named = {str(label).lower(): str(label) for label in paper.columns}
    columns = [*own, *(label for low, label in named.items() if low not in {name.lower() for name in own})]

    def frame(suffix: str) -> pd.DataFrame:
        return pd.DataFrame(
            {name: [values.of(own[name], f"{metric}{suffix}") if name in own else math.nan for metric in metrics]
             for name in columns},
            index=metrics,
        )  # fmt: skip

    shown = frame("")
    return Detection(
        name=f"detection-{table_name(results, first)}",
        title=table_title(first),
        note=" ".join(_sentences(results, rows, values, beside=len(paper) > 0)),
        labels={metric: f"{metric.replace(OF_CLASS, 'AP@.5:.95 ')} {ARROWS['higher']}" for metric in metrics},
        heads=_heads(results, columns, rows),
        precision=shown,
        lows=frame(" low"),
        highs=frame(" high"),
        images={name: values.images(own[name]) if name in own else 0 for name in columns},
        published=pd.DataFrame(
            {name: paper[named[name.lower()]] if name.lower() in named else math.nan for name in columns},
            index=metrics,
        ),
        best=_best(shown, list(own), {values.images(row) for row in rows}),
    )


def _sheet(results: Results, rows: list[dict[str, Any]]) -> Sheet:
    values, first = _Values(results, rows), rows[-1]
    points = [
        {
            "method": row["method"],
            "metric": metric,
            "severity": row["severity"],
            "mean": values.of(row, metric),
            "low": values.of(row, f"{metric} low") if values.images(row) >= FEWEST else math.nan,
            "high": values.of(row, f"{metric} high") if values.images(row) >= FEWEST else math.nan,
            "pairs": values.images(row),
        }
        for metric in HEADLINES
        for row in sorted(rows, key=lambda row: float(row["severity"]))
    ]
    return Sheet(
        name=f"detection-{of_split(results, first['dataset'], first['split'])}-{file_name(first['degradation'])}"
        f"-seed{first['seed']}-{of_detector(results, first['convention'])}",
        title=f"{first['dataset']}, {first['split']} split, {first['degradation']} (seed {first['seed']}), detection, "
        f"{_judge(first)}",
        labels={metric: f"{metric} {ARROWS['higher']}" for metric in HEADLINES},
        curves=pd.DataFrame(points),
    )


def _fall(results: Results, rows: list[dict[str, Any]]) -> Detection:
    values, first = _Values(results, rows), rows[-1]
    steps = sorted({float(row["severity"]) for row in rows})
    methods = sources_first(results, dict.fromkeys(row["method"] for row in rows))
    at = {(row["method"], float(row["severity"])): row for row in rows}
    index = [f"severity {step:g}" for step in steps]
    metric = HEADLINES[-1]

    def frame(suffix: str) -> pd.DataFrame:
        def value(name: str, step: float) -> float:
            return values.of(at[name, step], f"{metric}{suffix}") if (name, step) in at else math.nan

        return pd.DataFrame({name: [value(name, step) for step in steps] for name in methods}, index=index)

    shown, sheet = frame(""), _sheet(results, rows)
    return Detection(
        name=f"falls-{sheet.name}",
        title=f"{metric} under {first['degradation']}: {sheet.title}",
        note=" ".join(_sentences(results, rows, values, beside=False)),
        labels={name: name for name in index},
        heads=_heads(results, methods, rows),
        precision=shown,
        lows=frame(" low"),
        highs=frame(" high"),
        images={name: min(values.images(row) for row in rows if row["method"] == name) for name in methods},
        published=pd.DataFrame(math.nan, index=index, columns=methods),
        best=_best(shown, methods, {values.images(row) for row in rows}),
    )


def _heads(results: Results, columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Headings of the columns: the methods, those marked that the detector has learnt from."""
    learnt = {row["method"] for row in rows if _learnt_from(results, row)}
    return {name: f"{name} {LEARNT}" if name in learnt else name for name in columns}


def _detector(results: Results, row: dict[str, Any]) -> dict[str, Any]:
    """The card of what judged a row; empty for none."""
    name, trained = row["convention"], f"{row['convention']}, {row['method']} on {row['dataset']}"
    cards: dict[str, Any] = results.run.get("detectors", {})
    return dict(cards.get(name) or cards.get(trained) or {})


def _learnt_from(results: Results, row: dict[str, Any]) -> bool:
    """Whether one detector for all methods was trained on pictures of this one."""
    method = results.run.get("methods", {}).get(row["method"], {}).get("name", row["method"])
    return method in _detector(results, row).get("learnt_from", ())


def _trainings(results: Results, rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """What went otherwise than asked for in the training of the detectors."""
    for row in {row["method"]: row for row in rows}.values():
        card = _detector(results, row)
        left_out, asked = card.get("left_out", {}), card.get("determines", {}).get("recipe", {}).get("batch", 0)
        if left_out:
            pair, why = next(iter(left_out.items()))
            yield (
                f"The detector of {row['method']} was trained without {len(left_out)} of "
                f"{card['pictures'] + len(left_out)} pairs, the first: {pair}: {why}."
            )
        if card.get("batch", asked) < asked:
            yield f"The detector of {row['method']} was trained in batches of {card['batch']} instead of {asked}."


def _published(results: Results, dataset: str) -> pd.DataFrame:
    """The paper's numbers on a data set, metrics x methods; empty for another experiment or data set."""
    if results.plan["experiment"] != EXPERIMENT:
        return pd.DataFrame()
    return numbers(EXPERIMENT, dataset)


def _best(values: pd.DataFrame, own: list[str], images: set[int]) -> pd.DataFrame:
    best = pd.DataFrame(False, index=values.index, columns=values.columns)
    if len(images) == 1 and len(own) > 1:
        for row in values.index:
            best.loc[row, own] = [rank == 1 for rank in ranks(values.loc[row, own], "higher")]
    return best


def table_name(results: Results, row: dict[str, Any]) -> str:
    """Name of the table that a row of the plan stands in, usable in a file name."""
    place, judge = of_split(results, row["dataset"], row["split"]), of_detector(results, row["convention"])
    if row["degradation"] == "none":
        return f"{place}-{judge}"
    return f"{place}-{file_name(row['degradation'])}{row['severity']:g}-seed{row['seed']}-{judge}"


def table_title(row: dict[str, Any]) -> str:
    """Heading of that table."""
    condition = "" if row["degradation"] == "none" else f", {row['degradation']} {row['severity']:g}"
    return f"Detection on {row['dataset']}, {row['split']} split{condition}: {_judge(row)}"


def _judge(row: dict[str, Any]) -> str:
    protocol, _, detector = str(row["convention"]).partition("-")
    return f"{protocol} detector, {detector}"


def _sentences(results: Results, rows: Sequence[dict[str, Any]], values: _Values, *, beside: bool) -> Iterator[str]:
    missing = dict.fromkeys(row["method"] for row in rows if row["part"] not in values.there)
    if missing:
        yield (
            f"PARTIAL: not all boxes are there yet of {', '.join(missing)}; call the same 'hifbench run' again to "
            f"complete them."
        )
    there = [row for row in rows if row["part"] in values.there]
    counts = {values.images(row) for row in there}
    if len(counts) > 1:
        yield "The methods are over different numbers of images: they do not compare, and nothing is marked."
    elif counts:
        count = counts.pop()
        yield "1 image, so there are no intervals." if count == 1 else f"{count} images."
    bare = max((values.images(row, "images without annotation") for row in there), default=0)
    if bare:
        yield f"{bare} image{'s' * (bare > 1)} without annotation left out."
    if len(values.errors):
        yield f"{len(values.errors)} errors, which are left out."
    if rows[0]["unmapped"]:
        yield f"Not evaluated, as the detector does not know them: {', '.join(rows[0]['unmapped'])}."
    protocol = str(rows[0]["convention"]).partition("-")[0]
    yield f"Protocol {protocol}: {PROTOCOLS[protocol]}."
    if protocol == "frozen":
        card = _detector(results, rows[0])
        yield f"What the detector was trained on: {card.get('trained_on', 'not known')}."
        if card.get("dataset") == DRAWN and rows[0]["dataset"] != DRAWN:
            yield "It has learnt from drawn pictures alone: on real ones its values say nothing of the methods."
        if any(_learnt_from(results, row) for row in rows):
            yield f"{LEARNT} the detector has learnt from its pictures of the train split, and may favour it."
    else:
        yield from _trainings(results, rows)
    if values.has(HEADLINES[-1]) and rows[0].get("reader") == "ultralytics" and not values.has(SECOND):
        yield "ultralytics' own figure is left out, as it was not installed where the values were computed."
    yield "AP after COCO; in parentheses 95 % intervals of a bootstrap over images."
    if beside:
        yield (
            "In brackets the paper's numbers: of detectors that its authors trained and did not publish, on the whole "
            "data set, so never comparable in absolute terms."
        )
    yield from left_out(results)
