"""Mean squared error against both sources, in squared grey levels; lower is better.

mean (X - F)² on 0..255 against each source X, mean of the two.

- default, cddfuse: the above.
- tang, ivif-zoo: on 0..1, so 1/65025 of it.
"""

from __future__ import annotations

from torch import Tensor

from ._image import Image
from ._metric import Convention, Metric
from .psnr import squared_error


def mse(fused: Image, ir: Image, vis: Image, *, white: float = 255.0) -> Tensor:
    """Mean squared error, mean over the two sources.

    Args:
        fused: (B, 1, H, W).
        ir: infrared source, same shape.
        vis: visible source, same shape.
        white: the value that white has.

    Returns:
        float64 (B,), in 0..white².
    """
    errors = [fused.once_with(source, squared_error) for source in (ir, vis)]
    return (errors[0] + errors[1]) * (white / 255) ** 2 / 2


METRIC = Metric(
    name="MSE",
    title="Mean squared error",
    direction="lower",
    bounds=(0.0, 255.0**2),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="MATLAB immse(); Linfeng-Tang/Evaluation-for-Image-Fusion",
    function=mse,
    conventions={
        "default": Convention({}, "on 0..255; mean of the two sources"),
        "tang": Convention({"white": 1.0}, "on 0..1"),
        "cddfuse": Convention({}, "as the default"),
        "ivif-zoo": Convention({"white": 1.0}, "on 0..1"),
    },
)
