"""Curves of a robustness run: one panel for each metric, one line with its band for each method."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .bootstrap import BAND, FEWEST
from .drawing import frame, legend, plain, to_svg
from .robustness import Sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ACROSS = 4
"""Panels in a row."""

_LINES, _MARKERS = ("-", "--", ":"), "os^vDPX*<>"


def csv(shown: Sheet) -> str:
    """The points of the curves in full precision."""
    return shown.curves.to_csv(index=False, float_format="%.17g")


def svg(shown: Sheet) -> str:
    """The picture as SVG, the same text each time."""
    return to_svg(lambda: draw(shown))


def draw(shown: Sheet) -> Figure:
    """The picture; infinite means are left out of it."""
    from matplotlib.figure import Figure  # a second to import

    metrics = list(shown.labels)
    methods = list(shown.curves["method"].drop_duplicates())
    across = min(ACROSS, len(metrics))
    down = math.ceil(len(metrics) / across)
    figure = Figure(figsize=(3.2 * max(across, 2), 2.5 * down + 1.2), layout="constrained")
    for place, metric in enumerate(metrics, 1):
        axes = figure.add_subplot(down, across, place)
        for index, method in enumerate(methods):
            mine = shown.curves[(shown.curves["method"] == method) & (shown.curves["metric"] == metric)]
            points = mine.replace([math.inf, -math.inf], math.nan)
            colour, line = f"C{index % 10}", _LINES[index // 10 % len(_LINES)]
            marker = _MARKERS[index % len(_MARKERS)]
            axes.plot(
                points["severity"], points["mean"], line, color=colour, marker=marker, ms=3, lw=1.2, label=plain(method)
            )
            axes.fill_between(points["severity"], points["low"], points["high"], color=colour, alpha=0.15, lw=0)
        axes.set_xticks(sorted(shown.curves["severity"].unique()))
        frame(axes, shown.labels[metric], "severity")
    has_bands = shown.curves["low"].notna().any()
    bands = f"bands: {BAND} % bootstrap over the pairs" if has_bands else f"no bands below {FEWEST} pairs"
    figure.suptitle(f"{plain(shown.title)}; {bands}", fontsize=9)
    legend(figure)
    return figure
