"""Multi-scale SSIM as a loss: Wang, Simoncelli and Bovik, Asilomar Conference 2003, equation 7.

Not for scores: images too small for five scales get fewer here. See the metric MS-SSIM.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ._losses import similarities

_WINDOW = 11
_EXPONENTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def ms_ssim(ours: Tensor, theirs: Tensor) -> Tensor:
    """Multi-scale SSIM of a batch, over the pixels around which the window fits.

    On five scales, each the mean of 2x2 pixels of the one before; where the smaller side is below 176 pixels on as
    many as the window of 11 pixels fits on (one at least, of a mirrored border if need be), whose exponents are
    divided by their sum. Means are over the whole batch, and a negative one counts as (nearly) 0.

    Args:
        ours: (B, 1, H, W), in [0, 1].
        theirs: same shape.

    Returns:
        Scalar in [0, 1].
    """
    side, scales = min(ours.shape[-2:]), 1
    while scales < len(_EXPONENTS) and side >> scales >= _WINDOW:
        scales += 1
    exponents = torch.tensor(_EXPONENTS[:scales]).to(ours)
    means = []
    for scale in range(scales):
        luminance, contrast = similarities(ours, theirs, _WINDOW, "valid" if side >= _WINDOW else "mirrored")
        means.append((contrast if scale + 1 < scales else luminance * contrast).mean())
        ours, theirs = F.avg_pool2d(ours, 2), F.avg_pool2d(theirs, 2)
    # A power below 1 has no derivative at 0.
    result: Tensor = (torch.stack(means).clamp_min(1e-6) ** (exponents / exponents.sum())).prod()
    return result
