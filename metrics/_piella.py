"""Piella's fusion quality: the local similarity to either source, weighted with how salient the sources are there.

The saliency of a source in a window is its variance. In every window the two similarities are weighted with their
share of the saliency; the windows count alike (Q_S), or as much as their larger saliency (Q_W) (Piella, Heijmans
2003, ICIP, equations 4 to 6). Where both are 0 they are taken as 0.5, as in every toolbox; so a window in which
neither source has any texture counts a little in Q_W as well, and no value is undefined.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ._image import Image
from ._similarity_maps import Form, local, similarity
from ._windows import mean_of

_NOTHING = 0.5


def _quality_map(fused: Image, ir: Image, vis: Image, form: Form) -> tuple[Tensor, Tensor]:
    """Similarity to the sources in every window, and the larger saliency there, (B, 1, h, w) each."""
    one, two = (source.once(local, form).variance for source in (ir, vis))
    nothing = (one + two == 0) * _NOTHING
    one, two = one + nothing, two + nothing
    maps = [fused.once_with(source, similarity, form).value for source in (ir, vis)]
    weight = one / (one + two)
    return weight * maps[0] + (1 - weight) * maps[1], torch.maximum(one, two)


def quality(fused: Image, ir: Image, vis: Image, form: Form) -> Tensor:
    """Mean over the windows, float64 (B,)."""
    return mean_of(_quality_map(fused, ir, vis, form)[0])


def weighted_quality(fused: Image, ir: Image, vis: Image, form: Form) -> Tensor:
    """Mean over the windows weighted with the larger saliency, float64 (B,)."""
    values, saliency = _quality_map(fused, ir, vis, form)
    return mean_of(saliency * values) / mean_of(saliency)
