"""Figures as SVG whose text is the same each time."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
