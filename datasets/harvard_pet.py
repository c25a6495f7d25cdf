"""Harvard Whole Brain Atlas: 269 pairs of MRI and PET slices."""

from __future__ import annotations

from ._harvard import Harvard

DATASET = Harvard("PET", 269)
