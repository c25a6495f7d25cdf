"""VSM-WLS: base layers weighted by visual saliency, detail layers by weighted least squares.

Ma, Zhou, Wang and Zong, "Infrared and visible image fusion based on visual saliency map and weighted least square
optimization", Infrared Physics & Technology 82, 2017. Neither paper nor code was at hand. Recalled from them:

- levels u^j = RGF(u^(j-1), sigma_s, sigma_r) by the rolling guidance filter, sigma_s = 2 doubled at each level and
  sigma_r = 0.05, the last of four by a Gaussian filter instead; details d^j = u^(j-1) - u^j, the base is u^4;
- saliency V(p) = sum over all pixels q of |I(p) - I(q)|, scaled to [0, 1] (Zhai and Shah, "Visual attention detection
  in video sequences using spatiotemporal cues", ACM Multimedia 2006); base layer W b_1 + (1 - W) b_2 with
  W = 1/2 + (V_1 - V_2) / 2, the infrared image first;
- M^j, the detail of larger absolute value, the choice smoothed by a Gaussian filter; and the fused detail D, which
  minimises sum over p of (D - M)^2 + lambda a (D - d_2)^2, a = 1 / (|sum over a window of d_1| + epsilon),
  lambda = 0.01, epsilon = 0.0001: where the infrared detail has no net sum, as noise has none, the visible one enters.

Recalled and less sure: that d_1 rather than d_2 stands in a (d_2 leaves more infrared noise), the 7 x 7 window, the
smoothing's sigma of 2, four iterations of the filter. The authors may have left the finest level at M^1; by eye on TNO
its infrared noise is better optimised away like that of the other levels.

Chosen: the guided filter in place of the joint bilateral one in the rolling guidance filter, as the latter's authors
allow (Zhang, Shen, Xu and Jia, "Rolling guidance filter", ECCV 2014), with a window's radius of sigma_s and
sigma_r^2 as its eps; sigma_s of the last Gaussian filter twice that of the level before; V of 256 grey levels, scaled
from its least to its largest value; at the border the Gaussian filters repeat the border pixel, the guided filter's
windows are cut, and so is the 7 x 7 one, whose sum is scaled up to 49 pixels; float64 inside.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from ..guided import box_mean, guided_filter
from ._method import FusionMethod, MethodCard

_SIGMA_S, _SIGMA_R = 2, 0.05
_FILTER_ITERATIONS = 4
_CHOICE_SIGMA = 2.0
_WINDOW_RADIUS = 3
_EPSILON = 1e-4
_GREYS = 256


class VsmWls(FusionMethod):
    """Saliency-weighted base layers, detail layers by weighted least squares.

    Args:
        levels: detail levels, the last by a Gaussian filter.
        smoothness: lambda, how much the visible detail replaces an infrared one that sums to nothing.
    """

    card = MethodCard(
        name="vsm-wls",
        title="Visual saliency map and weighted least squares",
        paper="Ma et al., Infrared Physics & Technology 82, 2017",
        year=2017,
    )

    def __init__(self, *, levels: int = 4, smoothness: float = 0.01) -> None:
        super().__init__()
        if not 1 <= levels <= 8:
            raise ValueError(f"levels must be 1 to 8, not {levels}")
        if not 0 <= smoothness < math.inf:
            raise ValueError(f"smoothness must be a number of at least 0, not {smoothness!r}")
        self.levels = levels
        self.smoothness = smoothness

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        details_ir, base_ir = decompose(ir.double(), self.levels)
        details_vis, base_vis = decompose(vis.double(), self.levels)
        weight = (1 + saliency(ir) - saliency(vis)) / 2
        fused = torch.lerp(base_vis, base_ir, weight)
        for detail_ir, detail_vis in zip(details_ir, details_vis, strict=True):
            fused += least_squares(larger(detail_ir, detail_vis), detail_ir, detail_vis, self.smoothness)
        return fused.float()


def decompose(image: Tensor, levels: int) -> tuple[list[Tensor], Tensor]:
    """Details from the finest to the coarsest, and the base; their sum is the image.

    Args:
        image: (B, 1, H, W), float64.
        levels: number of details.
    """
    details, sigma = [], _SIGMA_S
    for level in range(1, levels + 1):
        smooth = gaussian(image, sigma) if level == levels else rolling_guidance(image, sigma)
        details.append(image - smooth)
        image = smooth
        sigma *= 2
    return details, image


def rolling_guidance(image: Tensor, radius: int) -> Tensor:
    """Rolling guidance: smooth the image, guided by nothing at first and then by the last result.

    Structures smaller than the window vanish, the edges of the larger ones come back.

    Args:
        image: (B, 1, H, W), float64.
        radius: of the guided filter's window.
    """
    result = torch.zeros_like(image)
    for _ in range(_FILTER_ITERATIONS):
        result = guided_filter(result, image, radius, _SIGMA_R**2)
    return result


def gaussian(image: Tensor, sigma: float) -> Tensor:
    """Gaussian filter, cut at three sigma; the border pixel is repeated."""
    radius = math.ceil(3 * sigma)
    place = torch.arange(-radius, radius + 1, dtype=image.dtype, device=image.device)
    kernel = (-(place / sigma).square() / 2).exp()
    kernel = kernel / kernel.sum()
    rows = F.conv2d(F.pad(image, (0, 0, radius, radius), mode="replicate"), kernel.view(1, 1, -1, 1))
    return F.conv2d(F.pad(rows, (radius, radius, 0, 0), mode="replicate"), kernel.view(1, 1, 1, -1))


def saliency(image: Tensor) -> Tensor:
    """How much a pixel's grey level differs from all others, in [0, 1]; 0 in a flat image.

    Args:
        image: (B, 1, H, W) in [0, 1].

    Returns:
        Same shape, float64.
    """
    grey = (image.clamp(0, 1) * (_GREYS - 1)).round().long().flatten(1)
    counts = torch.stack([one.bincount(minlength=_GREYS) for one in grey]).double()
    level = torch.arange(_GREYS, dtype=torch.float64, device=image.device)
    values = (counts @ (level[:, None] - level).abs()).gather(1, grey)
    least, largest = values.amin(1, keepdim=True), values.amax(1, keepdim=True)
    return ((values - least) / (largest - least).clamp_min(1)).view(image.shape)


def larger(detail_ir: Tensor, detail_vis: Tensor) -> Tensor:
    """M: the detail of larger absolute value, the choice smoothed."""
    share = gaussian((detail_ir.abs() > detail_vis.abs()).to(detail_ir.dtype), _CHOICE_SIGMA)
    return torch.lerp(detail_vis, detail_ir, share)


def least_squares(chosen: Tensor, detail_ir: Tensor, detail_vis: Tensor, smoothness: float) -> Tensor:
    """D, the solution of (I + lambda A) D = M + lambda A d_2; A is diagonal, hence exact.

    Args:
        chosen: M, (B, 1, H, W).
        detail_ir: d_1, same shape.
        detail_vis: d_2, same shape.
        smoothness: lambda.
    """
    pixels = (2 * _WINDOW_RADIUS + 1) ** 2
    weight = smoothness / (pixels * box_mean(detail_ir, _WINDOW_RADIUS).abs() + _EPSILON)
    return torch.lerp(chosen, detail_vis, weight / (1 + weight))


METHOD = VsmWls
