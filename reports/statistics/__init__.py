"""Is it really better? Paired comparisons of a run's methods, for each table on clean images."""

from __future__ import annotations

from ._of_run import of
from ._statistics import Statistics

__all__ = ["Statistics", "of"]
