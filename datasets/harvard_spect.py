"""Harvard Whole Brain Atlas: 357 pairs of MRI and SPECT slices."""

from __future__ import annotations

from ._harvard import Harvard

DATASET = Harvard("SPECT", 357)
