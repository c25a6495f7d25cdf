"""How the values of the two sources become one value."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

Combination = Literal["mean", "sum"]


def combined(ir: Tensor, vis: Tensor, how: Combination) -> Tensor:
    """Mean or sum of the infrared source's value and the visible source's value.

    Args:
        ir: value against the infrared source.
        vis: value against the visible source, same shape.
        how: ``mean`` or ``sum``.
    """
    total = ir + vis
    return total / 2 if how == "mean" else total
