"""Precision against recall of a detector on each method's pictures: one panel for each class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .detection import table_name, table_title, tables_of
from .drawing import frame, legend, plain, to_svg
from .results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LINES = ("-", "--", ":")


@dataclass(frozen=True)
class PrecisionRecall:
    """Curves of one data set, condition, protocol and detector.

    Attributes:
        name: usable as a file name.
        title: heading.
        curves: ``method``, ``class``, ``recall`` and the highest ``precision`` at that recall or above, at overlap .5.
    """

    name: str
    title: str
    curves: pd.DataFrame


def precision_recall(results: Results) -> list[PrecisionRecall]:
    """The curves of a run on clean images, in the plan's order; none where nothing was evaluated yet."""
    made = []
    for rows in tables_of(results):
        if rows[0]["degradation"] != "none":
            continue
        points = [
            {"method": row["method"], "class": name, "recall": recall, "precision": value}
            for row in rows
            for name, values in results.precision.get(row["part"], {}).items()
            for recall, value in zip(np.linspace(0, 1, len(values)).tolist(), values, strict=True)
        ]
        if points:
            name = f"pr-{table_name(results, rows[0])}"
            made.append(PrecisionRecall(name, table_title(rows[0]), pd.DataFrame(points)))
    return made


def csv(shown: PrecisionRecall) -> str:
    """The points of the curves in full precision."""
    return shown.curves.to_csv(index=False, float_format="%.17g")


def svg(shown: PrecisionRecall) -> str:
    """The picture as SVG, the same text each time."""
    return to_svg(lambda: draw(shown))


def draw(shown: PrecisionRecall) -> Figure:
    """The picture."""
    from matplotlib.figure import Figure  # a second to import

    classes = list(shown.curves["class"].drop_duplicates())
    methods = list(shown.curves["method"].drop_duplicates())
    figure = Figure(figsize=(3.2 * max(len(classes), 2), 3.8), layout="constrained")
    for place, name in enumerate(classes, 1):
        axes = figure.add_subplot(1, len(classes), place)
        for index, method in enumerate(methods):
            mine = shown.curves[(shown.curves["method"] == method) & (shown.curves["class"] == name)]
            line = _LINES[index // 10 % len(_LINES)]
            axes.plot(mine["recall"], mine["precision"], line, color=f"C{index % 10}", lw=1.2, label=plain(method))
        axes.set(xlim=(0, 1), ylim=(0, 1.02))
        frame(axes, name, "recall")
    figure.axes[0].set_ylabel("precision, at overlap .5", fontsize=7)
    figure.suptitle(plain(shown.title), fontsize=9)
    legend(figure)
    return figure
