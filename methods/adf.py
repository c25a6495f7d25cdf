"""Anisotropic diffusion fusion (ADF): mean of the diffused images, details weighted by the Karhunen-Loeve transform.

Bavirisetti and Dhuli, "Fusion of infrared and visible sensor images based on anisotropic diffusion and
Karhunen-Loeve transform", IEEE Sensors Journal 16(1), 2016. Neither paper nor code was at hand. Recalled: base layers
by the diffusion of Perona and Malik, "Scale-space and edge detection using anisotropic diffusion", IEEE TPAMI 12(7),
1990, their Eq. 7 and 8 on four neighbours,

    I <- I + lambda sum over n of g(I_n - I) (I_n - I),    g(s) = exp(-(s / K)^2);

details are image less base; the first eigenvector (e_1, e_2) of the details' 2 x 2 covariance matrix gives the fused
detail (e_1 d_1 + e_2 d_2) / (e_1 + e_2), to which the mean of the bases is added. Recalled of the authors' code: 10
iterations, lambda = 0.15 and K = 30 of 255 (with diagonal neighbours in it, which are left out here).

Chosen: |e_1| and |e_2| in place of e_1 and e_2, unless ``signed``. It is the same where the details are correlated
positively. Where they are not (74 of 127 pairs of TNO, mostly by a hair), e_1 + e_2 may come near 0 and the weights as
recalled grow without bound: to -10.48 and 11.48 on TNO's tank, which drowns in its own noise.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ._method import FusionMethod, MethodCard

_ZERO = 1e-6


class Adf(FusionMethod):
    """Anisotropic diffusion fusion.

    Args:
        iterations: of the diffusion.
        step: lambda, above 0 and at most 1/4, up to which no new extrema arise.
        edge: K, differences beyond which are kept as edges, in images in [0, 1].
        signed: weight the details by the eigenvector as it is, see above.
    """

    card = MethodCard(
        name="adf",
        title="Anisotropic diffusion, Karhunen-Loeve detail",
        paper="Bavirisetti and Dhuli, IEEE Sensors J. 16(1), 2016",
        year=2016,
    )

    def __init__(
        self, *, iterations: int = 10, step: float = 0.15, edge: float = 30 / 255, signed: bool = False
    ) -> None:
        super().__init__()
        if iterations < 1:
            raise ValueError(f"iterations must be at least 1, not {iterations}")
        if not 0 < step <= 0.25:
            raise ValueError(f"step must be above 0 and at most 0.25, not {step}")
        if not 0 < edge < math.inf:
            raise ValueError(f"edge must be above 0, not {edge}")
        self.iterations = iterations
        self.step = step
        self.edge = edge
        self.signed = signed

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        base_ir, base_vis = (diffuse(image, self.iterations, self.step, self.edge) for image in (ir, vis))
        detail_ir, detail_vis = ir - base_ir, vis - base_vis
        detail = torch.lerp(detail_vis, detail_ir, share(detail_ir, detail_vis, signed=self.signed).float())
        return (base_ir + base_vis) / 2 + detail


def diffuse(image: Tensor, iterations: int, step: float, edge: float) -> Tensor:
    """Perona and Malik's diffusion; nothing flows across the border.

    Args:
        image: (B, 1, H, W).
        iterations: steps in time.
        step: lambda.
        edge: K.
    """
    for _ in range(iterations):
        new = image.clone()
        for dim in (-2, -1):
            steps = image.diff(dim=dim)
            flow = steps * (-(steps / edge).square()).exp() * step  # what a pixel gets, its successor loses
            new.narrow(dim, 0, flow.shape[dim]).add_(flow)
            new.narrow(dim, 1, flow.shape[dim]).sub_(flow)
        image = new
    return image


def share(first: Tensor, second: Tensor, *, signed: bool = False) -> Tensor:
    """Weight of the first detail, |e_1| / (|e_1| + |e_2|); a half where neither varies.

    Args:
        first: (B, 1, H, W).
        second: same shape.
        signed: e_1 / (e_1 + e_2) instead, where the sum is not 0.

    Returns:
        (B, 1, 1, 1), float64.
    """
    x, y = (detail.double() - detail.double().mean((1, 2, 3), keepdim=True) for detail in (first, second))
    xx, xy, yy = ((a * b).mean((1, 2, 3), keepdim=True) for a, b in ((x, x), (x, y), (y, y)))
    # The longer axis of the ellipse of covariance lies at this angle; its cosine and sine are (|e_1|, |e_2|).
    angle = torch.atan2(2 * xy.abs(), xx - yy) / 2
    first_part, second_part = angle.cos(), angle.sin()
    weight = first_part / (first_part + second_part)
    weight = torch.where((xx == yy) & (xy == 0), 0.5, weight)
    if signed:
        total = first_part + second_part * xy.sign()
        weight = torch.where((xy < 0) & (total.abs() > _ZERO), first_part / total, weight)
    return weight


METHOD = Adf
