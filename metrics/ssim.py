"""Structural similarity to both sources; higher is better.

Per pixel ((2 μx μf + C1)(2 σxf + C2)) / ((μx² + μf² + C1)(σx² + σf² + C2)) with moments under an 11x11 Gaussian
window of σ = 1.5, C1 = (0.01·255)², C2 = (0.03·255)²; mean over the pixels, then over the two sources (Wang,
Bovik, Sheikh, Simoncelli 2004, equation 13).

- default, ``paper``: only where the window fits, mean of the two sources. Agrees with Wang's ``ssim_index.m``,
  scikit-image (``gaussian_weights=True, sigma=1.5, use_sample_covariance=False``) and piq without downsampling.
- ``SSIM@sum``, ``vifb``: sum of the two sources, so up to 2.
- ``SSIM@matlab``: border pixels replicated, mean over the whole image, MATLAB's grey: its ``ssim`` on uint8, checked
  against a stand-in for it and dungdz67's port, not against MATLAB.
- ``tang``: MATLAB's ``ssim`` with a bug: levels 0..255 as double, for which its range is 1, not 255, so that C1 and
  C2 are 65025 times too small.
- ``ivif-zoo``: the sum with the same bug: images in 0..255 are multiplied by 255 once more. That is done in float32,
  as there: in flat areas the variances are then rounding noise as large as C2, and the value moves by up to a tenth.
  So in such images it depends on the processor as well.
- ``SSIM@skimage``: scikit-image without arguments: a 7x7 box and sample variances.
- ``cddfuse``: the sum of that with a bug: no range is given for levels 0..255 as float32, and scikit-image took 2.
  (Since 0.22 it raises an error.) It then computes in float32, and in flat areas the rounding counts; done alike here.
- ``sewar``: an 11x11 box, only where it fits.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import conv2d

from ._image import Image
from ._metric import Convention, Metric
from ._sources import Combination, combined
from ._windows import Moments, Window, box, gaussian, image_covariance, mean_of, moments

_GAUSSIAN = gaussian(11, 1.5)
_BOX_11 = box(11)
_REPLICATED = gaussian(11, 1.5, "replicate")
_SIDE = 7  # of scikit-image's box


def similarity(fused: Image, source: Image, window: Window, span: float = 255.0, unbiased: bool = False) -> Tensor:
    """Structural similarity of two images, float64 (B,) in -1..1; see :func:`ssim` for the arguments."""
    c1, c2 = (0.01 * span) ** 2, (0.03 * span) ** 2
    x, f = source.once(moments, window), fused.once(moments, window)
    cross = image_covariance(fused, source, window)
    if unbiased:
        # Sample moments are population moments times n / (n - 1), which is a smaller C2 at unchanged moments.
        count = len(window.taps) ** 2
        c2 *= (count - 1) / count
    product = f.mean * x.mean
    # In place: a map of a large image costs more to allocate than to compute.
    numerator = product.mul_(2).add_(c1).mul_(cross.mul_(2).add_(c2))
    luminance = (f.mean * f.mean).addcmul_(x.mean, x.mean).add_(c1)
    contrast = (f.variance + x.variance).add_(c2)
    return mean_of(numerator.div_(luminance.mul_(contrast)))


def _mean_of_scikit_image(x: Tensor) -> Tensor:
    """Mean over every 7x7 box that fits, float32, as scipy's ``uniform_filter`` rounds it.

    Which is twice: it adds up in double precision, first down, then across, without any rounding as long as pixels
    are levels or products of them. So any order of addition, and any device, gives the same.
    """
    down = x.double().unfold(-2, _SIDE, 1).sum(dim=-1).div_(_SIDE).float()
    return down.double().unfold(-1, _SIDE, 1).sum(dim=-1).div_(_SIDE).float()


def moments_of_scikit_image(pixels: Tensor) -> Moments:
    """Local mean and local sample variance in 7x7 boxes, float32 (B, 1, H - 6, W - 6) each."""
    levels = pixels.float()
    mean = _mean_of_scikit_image(levels)
    return Moments(mean, _sample_covariance(levels, levels, mean, mean))


def _sample_covariance(x: Tensor, y: Tensor, x_mean: Tensor, y_mean: Tensor) -> Tensor:
    count = _SIDE * _SIDE
    return (_mean_of_scikit_image(x * y) - x_mean * y_mean) * (count / (count - 1))


def similarity_of_scikit_image(fused: Image, source: Image) -> Tensor:
    """Structural similarity as scikit-image gives it for levels as float32 and a range of 2, float64 (B,).

    Step by step, in single precision: in flat areas the rounding errors are part of the value.
    """
    c1, c2 = (0.01 * 2) ** 2, (0.03 * 2) ** 2
    x, f = source.once(moments_of_scikit_image), fused.once(moments_of_scikit_image)
    cross = _sample_covariance(source.pixels.float(), fused.pixels.float(), x.mean, f.mean)
    numerator = (2 * x.mean * f.mean + c1) * (2 * cross + c2)
    denominator = (x.mean * x.mean + f.mean * f.mean + c1) * (x.variance + f.variance + c2)
    return mean_of((numerator / denominator).double())


def similarity_of_ivif_zoo(fused: Image, source: Image) -> Tensor:
    """Structural similarity of two images times 255, range 255, float64 (B,).

    Step by step what IVIF_ZOO does, in single precision: the rounding errors are part of the value, those of the
    11x11 Gaussian window included. So it is done on the processor, wherever the images are: a GPU rounds otherwise.
    """
    taps = torch.exp(-((torch.arange(11.0) - 5) ** 2) / (2 * 1.5**2))
    taps /= taps.sum()
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2

    def filtered(image: Tensor) -> Tensor:
        return conv2d(conv2d(image, taps.view(1, 1, -1, 1)), taps.view(1, 1, 1, -1))

    values = []
    for x, f in zip(*(torch.split(image.pixels.float().cpu() * 255, 1) for image in (source, fused)), strict=True):
        mean_x, mean_f = filtered(x), filtered(f)
        square_x, square_f, product = mean_x * mean_x, mean_f * mean_f, mean_x * mean_f
        variances = filtered(x * x) - square_x + (filtered(f * f) - square_f) + c2
        contrast = (2 * (filtered(x * f) - product) + c2) / variances
        values.append(((2 * product + c1) / (square_x + square_f + c1) * contrast).mean())
    return torch.stack(values).double().to(fused.pixels.device)


def ssim(
    fused: Image,
    ir: Image,
    vis: Image,
    *,
    window: Window = _GAUSSIAN,
    span: float = 255.0,
    unbiased: bool = False,
    combine: Combination = "mean",
    of: Literal["wang", "cddfuse", "ivif-zoo"] = "wang",
) -> Tensor:
    """Structural similarity of the fused image to its two sources.

    Args:
        fused: (B, 1, H, W), at least as large as the window when its border is ``valid``.
        ir: infrared source, same shape.
        vis: visible source, same shape.
        window: weights and border; see :class:`~hifbench.metrics._windows.Window`.
        span: the dynamic range L in C1 = (0.01 L)² and C2 = (0.03 L)².
        unbiased: sample variances and covariance instead of those of the population.
        combine: mean or sum of the two sources.
        of: whose; the two toolboxes have their own window and span, and compute in single precision.

    Returns:
        float64 (B,), in -1..1, for the sum in -2..2.
    """
    sources = (ir, vis)
    match of:
        case "wang":
            values = [fused.once_with(source, similarity, window, span, unbiased) for source in sources]
        case "cddfuse":
            values = [fused.once_with(source, similarity_of_scikit_image) for source in sources]
        case "ivif-zoo":
            values = [fused.once_with(source, similarity_of_ivif_zoo) for source in sources]
    return combined(values[0], values[1], combine)


METRIC = Metric(
    name="SSIM",
    title="Structural similarity index",
    direction="higher",
    bounds=(-1.0, 1.0),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Wang, Bovik, Sheikh, Simoncelli 2004, IEEE TIP 13(4):600-612; ssim_index.m",
    function=ssim,
    conventions={
        "default": Convention({}, "11x11 Gaussian, only where it fits, range 255; mean of the two sources"),
        "tang": Convention(
            {"window": _REPLICATED, "span": 1.0}, "bug: range 1 on levels 0..255; replicated border", smallest=1
        ),
        "vifb": Convention({"combine": "sum"}, "as the default, but the sum of the two sources"),
        "cddfuse": Convention(
            {"of": "cddfuse", "combine": "sum"},
            "bug: range 2 on levels 0..255; 7x7 box, sample variances, in float32; sum of the two sources",
            smallest=_SIDE,
        ),
        "ivif-zoo": Convention(
            {"of": "ivif-zoo", "combine": "sum"},
            "bug: levels times 255 twice, in float32; sum of the two sources",
        ),
        "sewar": Convention({"window": _BOX_11}, "11x11 box, only where it fits; mean of the two sources"),
        "paper": Convention({}, "as the default (inferred)"),
    },
    options={
        "sum": Convention({"combine": "sum"}, "as the default, but the sum of the two sources (VIFB)"),
        "matlab": Convention(
            {"window": _REPLICATED}, "as MATLAB ssim() on uint8: replicated border", grey="matlab", smallest=1
        ),
        "skimage": Convention(
            {"window": box(_SIDE), "unbiased": True},
            "as scikit-image without arguments: 7x7 box, sample variances",
            smallest=_SIDE,
        ),
    },
    smallest=11,
)
