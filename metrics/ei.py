"""Edge intensity of the fused image; higher is better.

Mean length of the Sobel gradient in grey levels (Rajalingam, Priya 2018; VIFB). It looks at neither source, and
noise raises it.

- default, vifb: border pixels replicated; VIFB takes the mean over the colour channels.
- ivif-zoo: zeros beyond the border, which count as edges around the image: 4 to 9 % more on the golden triples.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from ._gradients import magnitude, sobel
from ._image import Image
from ._metric import Convention, Metric
from ._windows import mean_of


def edge_intensity(
    fused: Image, ir: Image, vis: Image, *, border: Literal["replicate", "zero"] = "replicate"
) -> Tensor:
    """Edge intensity of the fused image.

    Args:
        fused: (B, 1, H, W).
        ir: not looked at.
        vis: not looked at.
        border: what lies beyond the border.

    Returns:
        float64 (B,), in 0..1140; 0 for a constant image under a replicated border.
    """
    return mean_of(magnitude(*sobel(fused.pixels, border)))


METRIC = Metric(
    name="EI",
    title="Edge intensity",
    direction="higher",
    bounds=(0.0, 255 * 20**0.5),  # the steepest of all 3x3 windows in black and white
    needs=frozenset({"fused"}),
    reference="Rajalingam, Priya 2018, Int. J. Eng. Sci. Invention; VIFB metricsEdge_intensity.m",
    function=edge_intensity,
    conventions={
        "default": Convention({}, "mean Sobel magnitude, border replicated"),
        "vifb": Convention({}, "as the default; mean over the colour channels"),
        "ivif-zoo": Convention({"border": "zero"}, "zeros beyond the border"),
    },
)
