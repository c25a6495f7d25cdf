"""DeRUN with the paper's printed settings: kept because it is what the text says; collapses to one source.

The gaps of the text are filled by the resolutions D1-D15 (see :mod:`hifbench.methods.derun.design`). With
gamma = 10, as printed, training drives the image to the visible one.
"""

from __future__ import annotations

from typing import ClassVar

from ._method import MethodCard
from ._training.recipe import Recipe
from .derun import PAPER, DeRUN
from .derun.training import PRINTED


class DeRUNPrinted(DeRUN):
    """DeRUN in the configuration ``printed``."""

    card = MethodCard(
        name="derun-printed",
        title="DeRUN: degradation-resistant unfolding network (printed settings)",
        paper=PAPER,
        year=2023,
        trained_on="no official weights were published",
        needs_weights=True,
        weights_licence="none published",
    )
    recipe: ClassVar[Recipe | None] = PRINTED


METHOD = DeRUNPrinted
