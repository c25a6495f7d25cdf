"""Critical-difference diagram: average ranks on a line, with bars over methods that are not told apart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..drawing import plain, to_svg
from ._statistics import LEVEL, Statistics

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ACROSS = 2
"""Diagrams in a row."""

_STEP = 0.16
"""Inches between two names, and between two bars."""


def svg(shown: Statistics) -> str | None:
    """The diagrams of all metrics as SVG, the same text each time; None where no metric has average ranks to test."""
    return to_svg(lambda: draw(shown)) if _drawn(shown) else None


def _drawn(shown: Statistics) -> list[str]:
    return [metric for metric in shown.labels if not math.isnan(float(shown.tests["cd"][metric]))]


def draw(shown: Statistics) -> Figure:
    """The picture, after Demsar 2006, figure 1: rank 1, the best, is to the left."""
    from matplotlib.figure import Figure  # a second to import

    metrics = _drawn(shown)
    down = math.ceil(len(metrics) / ACROSS)
    lines = max(len(shown.groups[metric]) for metric in metrics) + math.ceil(len(shown.methods) / 2)
    height = _STEP * (lines + 6)
    figure = Figure(figsize=(5.2 * ACROSS, height * down + 0.6), layout="constrained")
    for place, metric in enumerate(metrics, 1):
        _diagram(figure.add_subplot(down, ACROSS, place), shown, metric, height)
    figure.suptitle(f"{plain(shown.title)}; average ranks, Nemenyi's critical difference at {LEVEL:g}", fontsize=9)
    return figure


def _diagram(axes: Axes, shown: Statistics, metric: str, height: float) -> None:
    ranks = shown.ranks[metric].dropna().sort_values(kind="stable")
    count, difference = len(ranks), float(shown.tests["cd"][metric])
    groups = shown.groups[metric]
    left, right = 1.0, float(count)
    margin = 0.55 * (right - left)  # for the names
    axes.set(xlim=(left - margin, right + margin), ylim=(height / _STEP - 3, -3))
    axes.axis("off")
    axes.set_title(plain(shown.labels[metric]), fontsize=9)
    axes.plot([left, right], [0, 0], color="k", lw=1)
    for tick in range(1, count + 1):
        axes.plot([tick, tick], [-0.3, 0], color="k", lw=1)
        axes.text(tick, -0.5, str(tick), ha="center", va="bottom", fontsize=6)
    shown_difference = min(difference, right - left)
    axes.plot([left, left + shown_difference], [-1.7, -1.7], color="k", lw=1.5)
    more = " (beyond the axis)" if difference > right - left else ""
    axes.text(left + shown_difference / 2, -1.9, f"CD {difference:.2f}{more}", ha="center", va="bottom", fontsize=6)
    for index, group in enumerate(groups):
        ends = [float(ranks[name]) for name in (group[0], group[-1])]
        axes.plot([ends[0] - 0.1, ends[1] + 0.1], [0.7 + index] * 2, color="C3", lw=3, solid_capstyle="butt")
    half = math.ceil(count / 2)
    for index, (method, rank) in enumerate(ranks.items()):
        to_left = index < half
        line = len(groups) + 1 + (index if to_left else count - 1 - index)
        side = left - 0.04 * margin if to_left else right + 0.04 * margin
        axes.plot([rank, rank, side], [0, line, line], color="0.4", lw=0.7)
        name = f"{method} ({rank:.2f})" if to_left else f"({rank:.2f}) {method}"
        # No text of a user's is mathematics.
        axes.text(
            side,
            line,
            f"{name} " if to_left else f" {name}",
            ha="right" if to_left else "left",
            va="center",
            fontsize=6.5,
            parse_math=False,
        )
