"""Guided-filter fusion: two scales, saliency weights refined by guided filters.

Li, Kang and Hu, "Image fusion with guided filtering", IEEE Trans. Image Processing 22(7), 2013, Section III: an
average filter splits each source into base and detail (III-A); the Gaussian-smoothed absolute Laplacian is its
saliency, the most salient source gets weight 1, and a guided filter with that source as the guide refines this weight
map, once for the base and once for the detail (III-B); the layers are summed with the weights (III-C).

The paper was not at hand; formulas and parameters are recalled. Not known from it and chosen here: the Laplacian has
four neighbours; the filters but the guided one repeat the border pixels; refined weights are clipped to [0, 1] before
they are normalised (a guided filter may leave that range), and where both are 0 the sources count alike,
as they do where their saliencies differ by at most 1e-6.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..guided import guided_filter
from ._method import FusionMethod, MethodCard

_AVERAGE_SIDE = 31
_SALIENCY_RADIUS = 5
_SALIENCY_SIGMA = 5.0
_ALIKE = 1e-12  # added to both weights
_TIE = 1e-6  # what the rounding of sources to float32 may change a saliency by; a grey level's change is more


class GuidedFilterFusion(FusionMethod):
    """Guided-filter fusion; computed in float64.

    Args:
        base_radius: r1, of the guided filter of the base weights.
        base_eps: epsilon1, for a guide in [0, 1].
        detail_radius: r2, of the guided filter of the detail weights.
        detail_eps: epsilon2.
    """

    card = MethodCard(
        name="gff",
        title="Guided-filter fusion, two scales",
        paper="Li, Kang and Hu, IEEE Trans. Image Processing 22(7), 2013",
        year=2013,
    )

    def __init__(
        self, *, base_radius: int = 45, base_eps: float = 0.3, detail_radius: int = 7, detail_eps: float = 1e-6
    ) -> None:
        super().__init__()
        for name, radius in (("base_radius", base_radius), ("detail_radius", detail_radius)):
            if radius < 1:
                raise ValueError(f"{name} must be at least 1, not {radius}")
        for name, eps in (("base_eps", base_eps), ("detail_eps", detail_eps)):
            if not 1e-9 <= eps < float("inf"):
                raise ValueError(f"{name} must be at least 1e-9, not {eps:g}")
        self.refinements = ((base_radius, base_eps), (detail_radius, detail_eps))

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        ir, vis = ir.double(), vis.double()
        base_ir, base_vis = average(ir), average(vis)
        salient_ir, salient_vis = saliency(ir), saliency(vis)
        chosen_ir, chosen_vis = (
            (lead >= -_TIE).double() for lead in (salient_ir - salient_vis, salient_vis - salient_ir)
        )
        fused = torch.zeros_like(ir)
        layers = ((base_ir, base_vis), (ir - base_ir, vis - base_vis))
        for (layer_ir, layer_vis), (radius, eps) in zip(layers, self.refinements, strict=True):
            weight_ir = guided_filter(ir, chosen_ir, radius, eps).clamp(0, 1) + _ALIKE
            weight_vis = guided_filter(vis, chosen_vis, radius, eps).clamp(0, 1) + _ALIKE
            fused += (weight_ir * layer_ir + weight_vis * layer_vis) / (weight_ir + weight_vis)
        return fused.float()


def average(image: Tensor) -> Tensor:
    """The base layer: mean of 31 x 31 pixels, border pixels repeated."""
    padded = F.pad(image, (_AVERAGE_SIDE // 2,) * 4, mode="replicate")
    return F.avg_pool2d(F.avg_pool2d(padded, (_AVERAGE_SIDE, 1), 1), (1, _AVERAGE_SIDE), 1)


def saliency(image: Tensor) -> Tensor:
    """Absolute Laplacian, smoothed by a Gaussian of 11 x 11 pixels.

    Where the image is flat the Laplacian is exactly 0, so that two flat sources tie.

    Args:
        image: (B, 1, H, W).
    """
    height, width = image.shape[-2:]
    padded = F.pad(image, (1, 1, 1, 1), mode="replicate")
    across = padded[..., 1:-1, :width] + padded[..., 1:-1, 2:]
    down = padded[..., :height, 1:-1] + padded[..., 2:, 1:-1]
    edges = (across + down - 4 * image).abs()
    place = torch.arange(-_SALIENCY_RADIUS, _SALIENCY_RADIUS + 1, dtype=image.dtype, device=image.device)
    kernel = torch.exp(-(place**2) / (2 * _SALIENCY_SIGMA**2))
    kernel = kernel / kernel.sum()
    padded = F.pad(edges, (_SALIENCY_RADIUS,) * 4, mode="replicate")
    return F.conv2d(F.conv2d(padded, kernel.view(1, 1, -1, 1)), kernel.view(1, 1, 1, -1))


METHOD = GuidedFilterFusion
