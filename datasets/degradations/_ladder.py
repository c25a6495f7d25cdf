"""The ladder of severities: what the whole numbers 1 to 5 stand for, and what lies between them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

STRONGEST = 5
"""Greatest severity of every built-in degradation."""


def rung(ladder: Sequence[float], severity: float, clean: float = 0.0) -> float:
    """Value of a model's parameter at a severity: piecewise linear between whole severities.

    Args:
        ladder: values at severity 1, 2 .. 5.
        severity: 0 to 5.
        clean: value at severity 0, which leaves the image as it is.
    """
    return float(np.interp(severity, np.arange(STRONGEST + 1), [clean, *ladder]))
