"""Figures as SVG whose text is the same each time."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def to_svg(draw: Callable[[], Figure]) -> str:
    """A figure as SVG, without a date and with identifiers that do not change.

    Args:
        draw: makes the figure; called with the settings in force.
    """
    import matplotlib as mpl  # a second to import

    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "hifbench", "svg.fonttype": "none"}):
        draw().savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


def plain(text: str) -> str:
    """A name that matplotlib shows as it is: not as a formula, and in a legend though it begins with an underscore."""
    shown = text.replace("$", r"\$")
    return f" {shown}" if shown.startswith("_") else shown


def frame(axes: Axes, title: str, below: str) -> None:
    """What every panel has: its title, the label of its horizontal axis, small ticks and a faint grid.

    Args:
        axes: of the panel.
        title: of it.
        below: what grows to the right.
    """
    axes.set_title(plain(title), fontsize=9)
    axes.set_xlabel(plain(below), fontsize=7)
    axes.tick_params(labelsize=7)
    axes.grid(alpha=0.3, lw=0.5)


def legend(figure: Figure) -> None:
    """One legend below all panels, of what the first one shows."""
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 6), fontsize=8, frameon=False)
