"""Metrics of fused images under named conventions. One metric, one file."""

from __future__ import annotations

if __name__ != "hifbench.metrics":
    # Started in the repository's root, Python would make a second copy of this package under a bare name.
    raise ModuleNotFoundError(f"No module named {__name__!r}", name=__name__)

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..registry import Registry, lazily

if TYPE_CHECKING:
    from torch import Tensor

    from ._image import Image
    from ._metric import Convention, Metric


METRICS: Registry[Metric] = Registry(
    kind="metric",
    package="hifbench.metrics",
    group="hifbench.metrics",
    attribute="METRIC",
    base="hifbench.metrics._metric:Metric",
    spell=str.upper,
)

PAPER_EIGHT = ("SSIM", "PSNR", "AG", "FMI", "VIF", "EN", "UIQI", "QP")
"""The eight metrics of the DeRUN paper, in the order of its Table 1."""


def compute(
    fused: Tensor,
    ir: Tensor,
    vis: Tensor,
    names: Sequence[str] = PAPER_EIGHT,
    convention: str = "default",
) -> dict[str, Tensor]:
    """Score a batch of fused images.

    Pixels are clipped to [0, 1], rounded to grey levels 0..255 and scored in float64; colour is scored on its
    rounded luminance.

    Args:
        fused: (B, 1, H, W) or (B, 3, H, W), nominally in [0, 1].
        ir: infrared source, same batch and size.
        vis: visible source, same batch and size.
        names: metric names in any case, or ``METRIC@option`` such as ``AG@forward``.
        convention: the named convention that each metric follows.

    Returns:
        One float64 tensor of shape (B,) for each name.

    Raises:
        UsageError: unknown metric, convention or option, or images whose shapes do not match.
        MetricError: images too small for a metric.
    """
    from ._compute import compute as run

    return run(fused, ir, vis, names, convention)


__all__ = [
    "METRICS",
    "PAPER_EIGHT",
    "Convention",
    "Image",
    "Metric",
    "compute",
]

__getattr__ = lazily(
    __name__,
    {
        "Convention": "_metric",
        "Image": "_image",
        "Metric": "_metric",
    },
)
