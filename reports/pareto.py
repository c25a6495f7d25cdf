"""Quality against cost: one panel for each metric, one point for each method, and the Pareto front."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from .balance import balanced
from .curves import ACROSS
from .drawing import frame, legend, plain, to_svg
from .efficiency import Efficiency, of_run
from .results import Results
from .source_rows import source_rows
from .tables import Table, tables

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Tradeoff:
    """The methods of one table against one cost.

    Attributes:
        name: usable as a file name.
        title: heading: data and number of pairs.
        cost: what is across, with its unit.
        labels: metric -> its label, with the direction's arrow.
        points: a row for each ``method`` and ``metric``: ``quality``, ``cost``, whether it is a ``source`` shown as it
            is, and whether it is on the ``front``.
    """

    name: str
    title: str
    cost: str
    labels: dict[str, str]
    points: pd.DataFrame


def tradeoffs(results: Results) -> list[Tradeoff]:
    """Each table of a run on clean images against latency, then against FLOPs, for each machine that was measured.

    Costs of which there is nothing yet are left out.
    """
    results = balanced(results)
    metrics = results.run["metrics"]
    # Not on a front, since many metrics reward a copy, and nothing is cheaper.
    sources = list(source_rows(results))
    directions = {name: card["direction"] for name, card in metrics.items()}
    return [
        _tradeoff(table, measured, kind, column, label, directions, sources)
        for table in tables(results)
        if table.group.degradation == "none"
        for measured in of_run(results)
        for kind, column, label in _costs(measured)
        if measured.costs[column].notna().any()
    ]


def _costs(measured: Efficiency) -> list[tuple[str, str, str]]:
    """Name, column and label of the costs that are drawn: the time with the fewest threads, and the operations."""
    setting = measured.settings[0]
    place = measured.title.partition(": ")[2].partition(",")[0]
    time = f"ms a pair, {setting + ', ' if setting else ''}{place}"
    return [
        ("latency", f"latency-ms {setting}".strip(), time),
        ("flops", "flops", "FLOPs a pair (convolutions, products, FFTs)"),
    ]


def _tradeoff(
    table: Table,
    measured: Efficiency,
    kind: str,
    column: str,
    label: str,
    directions: Mapping[str, str],
    sources: Sequence[str],
) -> Tradeoff:
    frames = []
    for metric in table.means.columns:
        both = pd.DataFrame({"quality": table.means[metric], "cost": measured.costs[column]}, index=table.means.index)
        points = both[both.map(math.isfinite).all(axis=1)].copy()
        points["source"] = points.index.isin(sources)
        ranked = [not source and (name, metric) not in table.fewer for name, source in points["source"].items()]
        of_methods = points[ranked]
        best = front(of_methods["cost"], of_methods["quality"], directions[metric])
        points["front"] = points.index.isin(best)
        frames.append(points.assign(metric=metric).rename_axis("method").reset_index())
    return Tradeoff(
        name=f"{table.name}-{measured.name.partition('-')[2]}-{kind}",
        title=f"{table.title}; {measured.title.partition(':')[0].removeprefix('Cost of ')}",
        cost=label,
        labels=table.labels,
        points=pd.concat(frames, ignore_index=True)[["method", "metric", "quality", "cost", "source", "front"]],
    )


def front(cost: pd.Series[float], quality: pd.Series[float], direction: str) -> list[Any]:
    """Methods that no other one beats: none is at most as costly and at least as good, and better in one of the two.

    Args:
        cost: of each method; less is better.
        quality: of the same methods.
        direction: ``higher`` or ``lower`` quality is better.

    Returns:
        Names, from the cheapest to the best.
    """
    gain = quality if direction == "higher" else -quality
    ordered = pd.DataFrame({"cost": cost, "gain": gain}).sort_values(
        ["cost", "gain"], ascending=[True, False], kind="stable"
    )
    names: list[Any] = []
    reached: tuple[float, float] | None = None  # cost and gain of the last one that is on the front
    for name, at, gained in zip(ordered.index, ordered["cost"], ordered["gain"], strict=True):
        if reached is None or gained > reached[1] or (at, gained) == reached:
            names.append(name)
            reached = (at, gained)
    return names


def csv(shown: Tradeoff) -> str:
    """The points in full precision."""
    return shown.points.to_csv(index=False, float_format="%.17g")


def svg(shown: Tradeoff) -> str:
    """The picture as SVG, the same text each time."""
    return to_svg(lambda: draw(shown))


def draw(shown: Tradeoff) -> Figure:
    """The picture; methods without a finite mean or a cost are left out of a panel."""
    from matplotlib.figure import Figure  # a second to import

    metrics = list(shown.labels)
    methods = list(shown.points["method"].drop_duplicates())
    across = min(ACROSS, len(metrics))
    down = math.ceil(len(metrics) / across)
    figure = Figure(figsize=(3.4 * max(across, 2), 2.7 * down + 1.2), layout="constrained")
    for place, metric in enumerate(metrics, 1):
        axes = figure.add_subplot(down, across, place)
        _panel(axes, shown.points[shown.points["metric"] == metric], methods)
        frame(axes, shown.labels[metric], shown.cost)
    figure.suptitle(f"{plain(shown.title)}; line: Pareto front of the methods, hollow: a source as it is", fontsize=9)
    legend(figure)
    return figure


_MARKERS = "os^vDPX*<>"


def _panel(axes: Axes, points: pd.DataFrame, methods: Sequence[str]) -> None:
    best = points[points["front"]].sort_values("cost", kind="stable")
    axes.step(best["cost"], best["quality"], where="post", color="0.6", lw=1, zorder=1)
    for index, method in enumerate(methods):
        mine = points[points["method"] == method]
        colour = f"C{index % 10}"
        face = "none" if mine["source"].any() else colour
        # Drawn even where there is no point, so that the legend of the first panel names every method.
        axes.scatter(
            mine["cost"],
            mine["quality"],
            s=28,
            marker=_MARKERS[(index // 10 + index) % len(_MARKERS)],
            facecolors=face,
            edgecolors=colour,
            label=plain(method),
            zorder=2,
        )
    positive = points.loc[points["cost"] > 0, "cost"]
    if len(positive):
        # Logarithmic, with a place for what costs nothing that was counted.
        least = float(positive.min())
        axes.set_xscale("symlog", linthresh=least)
        axes.set_xlim(left=-least / 2 if (points["cost"] == 0).any() else least / 2)
