"""Multi-scale structural similarity to both sources; higher is better.

On five scales, each half as large as the one before, the contrast-structure term of SSIM (11x11 Gaussian, σ = 1.5,
K = 0.03, range 255), on the last one all of SSIM; their means to the powers 0.0448, 0.2856, 0.3001, 0.2363 and 0.1333
are multiplied (Wang, Simoncelli, Bovik 2003, Asilomar, equation 7). A negative mean counts as 0.

- default: Wang's ``msssim.m``, mean of the two sources.
- ``MS-SSIM@pytorch``: pytorch_msssim, which puts zeros before and behind an odd side instead of completing it with its
  last pixel, so that the scales lie a pixel off and are dark at the border. Even sides give the default, to 1e-5: its
  window has the precision of float32.
- ``ivif-zoo``: the sum of that in float32, with a bug: images in 0..255 are multiplied by 255 once more. In flat areas
  the variances are then rounding noise as large as the constants, and the value depends on the processor as well.
- ``tang``: the column MS_SSIM of Linfeng-Tang's toolbox (and thfylsty's) is another metric, MEF-SSIM; see there.

Images under 161 pixels a side have no fifth scale, and are refused; ``tang`` takes them from 41.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, conv2d

from ._halving import halved
from ._image import Image
from ._metric import Convention, Metric
from ._sources import Combination, combined
from ._windows import Moments, covariance, gaussian, mean_of, moments
from .mef_ssim import mef_ssim

Of = Literal["wang", "pytorch", "ivif-zoo", "exposures"]

_SIDE, _SIGMA = 11, 1.5
_WINDOW = gaussian(_SIDE, _SIGMA)
_EXPONENTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
_C1 = (0.01 * 255) ** 2
_C2 = (0.03 * 255) ** 2


def scales(pixels: Tensor) -> list[tuple[Tensor, Moments]]:
    """The image on five scales, with its local moments.

    Args:
        pixels: float64 (B, 1, H, W), at least 161 pixels along each side.
    """
    levels = [pixels]
    for _ in _EXPONENTS[1:]:
        levels.append(halved(levels[-1]))
    return [(level, moments(level, _WINDOW)) for level in levels]


def _product(contrasts: list[Tensor], similarity: Tensor) -> Tensor:
    """From the mean contrast-structure term of every scale but the last, and the last one's mean similarity."""
    means = torch.stack([*contrasts, similarity]).clamp_min(0)
    exponents = torch.tensor(_EXPONENTS, dtype=means.dtype, device=means.device)
    return (means ** exponents[:, None]).prod(dim=0)


def similarity(fused: Image, source: Image) -> Tensor:
    """Multi-scale similarity of two images, float64 (B,) in 0..1."""
    contrasts = []
    for (x, x_at), (f, f_at) in zip(source.once(scales), fused.once(scales), strict=True):
        cross = covariance(x, f, x_at.mean, f_at.mean, _WINDOW)
        contrasts.append((2 * cross + _C2) / (x_at.variance + f_at.variance + _C2))
    squares = x_at.mean * x_at.mean + f_at.mean * f_at.mean
    last = contrasts.pop() * (2 * x_at.mean * f_at.mean + _C1) / (squares + _C1)
    return _product([mean_of(each) for each in contrasts], mean_of(last))


def similarity_of_pytorch(fused: Image, source: Image, gain: float, dtype: torch.dtype) -> Tensor:
    """Multi-scale similarity of two images, step by step as in pytorch_msssim; float64 (B,) in 0..1.

    Args:
        fused: (B, 1, H, W), at least 161 pixels along each side.
        source: same shape.
        gain: what levels are multiplied by; the range stays 255.
        dtype: of the images; the window is a float32 one in any case. What rounds to float32 is computed on the
            processor, wherever the images are: a GPU rounds otherwise.
    """
    device = torch.device("cpu") if dtype == torch.float32 else fused.pixels.device
    taps = torch.exp(-((torch.arange(float(_SIDE)) - _SIDE // 2) ** 2) / (2 * _SIGMA**2))
    taps = (taps / taps.sum()).to(device, dtype)
    # One pair at a time: a convolution rounds a batch otherwise, and here the rounding may count.
    pairs = zip(*(torch.split(image.pixels.to(device, dtype) * gain, 1) for image in (source, fused)), strict=True)
    return torch.cat([_similarity_of_pytorch(x, f, taps) for x, f in pairs]).double().to(fused.pixels.device)


def _similarity_of_pytorch(x: Tensor, f: Tensor, taps: Tensor) -> Tensor:
    def mean(image: Tensor) -> Tensor:
        return conv2d(conv2d(image, taps.view(1, 1, -1, 1)), taps.view(1, 1, 1, -1))

    contrasts = []
    for scale in range(len(_EXPONENTS)):
        if scale:
            odd = [side % 2 for side in x.shape[-2:]]
            x, f = (avg_pool2d(image, 2, padding=odd) for image in (x, f))
        mean_x, mean_f = mean(x), mean(f)
        square_x, square_f, product = mean_x * mean_x, mean_f * mean_f, mean_x * mean_f
        variances = (mean(x * x) - square_x) + (mean(f * f) - square_f)
        contrasts.append((2 * (mean(x * f) - product) + _C2) / (variances + _C2))
    last = (2 * product + _C1) / (square_x + square_f + _C1) * contrasts.pop()
    return _product([mean_of(each) for each in contrasts], mean_of(last))


def ms_ssim(fused: Image, ir: Image, vis: Image, *, of: Of = "wang", combine: Combination = "mean") -> Tensor:
    """Multi-scale structural similarity of the fused image to its two sources.

    Args:
        fused: (B, 1, H, W), at least 161 pixels along each side, 41 for ``exposures``.
        ir: infrared source, same shape.
        vis: visible source, same shape.
        of: whose; ``exposures`` is MEF-SSIM, which one toolbox calls MS-SSIM, and which is not combined.
        combine: mean or sum of the two sources.

    Returns:
        float64 (B,), in 0..1, for the sum in 0..2.
    """
    sources = (ir, vis)
    match of:
        case "wang":
            values = [fused.once_with(source, similarity) for source in sources]
        case "pytorch":
            values = [fused.once_with(source, similarity_of_pytorch, 1.0, torch.float64) for source in sources]
        case "ivif-zoo":
            values = [fused.once_with(source, similarity_of_pytorch, 255.0, torch.float32) for source in sources]
        case "exposures":
            return mef_ssim(fused, ir, vis)
    return combined(values[0], values[1], combine)


METRIC = Metric(
    name="MS-SSIM",
    title="Multi-scale structural similarity index",
    direction="higher",
    bounds=(0.0, 1.0),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Wang, Simoncelli, Bovik 2003, Asilomar Conf. 2:1398-1402; msssim.m",
    function=ms_ssim,
    conventions={
        "default": Convention({}, "Wang's five scales, range 255; mean of the two sources"),
        "tang": Convention({"of": "exposures"}, "is MEF-SSIM under the name MS_SSIM", smallest=41),
        "ivif-zoo": Convention(
            {"of": "ivif-zoo", "combine": "sum"},
            "levels multiplied by 255 twice (a bug), float32; sum of the two sources",
        ),
    },
    options={
        "pytorch": Convention({"of": "pytorch"}, "pytorch_msssim: zeros before and behind the odd sides of a scale")
    },
    smallest=161,
)
