"""Feature mutual information between the fused image and both sources, on edges; higher is better.

The edge maps of the three images are compared in every 3x3 window: the window's pixels are read as a
distribution, a joint distribution is built from the two windows' correlation, and their mutual information is
divided by the mean of their entropies; mean over the two sources, then over the windows (Haghighat, Razian 2014,
"fast FMI"). The values that papers print come from this code without a named feature, which means edges, and so do
the values of ``tang`` (which names it pixel FMI) and ``mefb``.

Agrees with ``fmi.m`` of mhaghighat/fmi in Octave, with its identity test repaired (of no effect on edges), and
two constant windows scoring 1. The edge map is Octave's; MATLAB's own edge thinning is unverified.
"""

from __future__ import annotations

from torch import Tensor

from ._binary_windows import pair_scores, window_codes
from ._edges import sobel_edges
from ._image import Image
from ._metric import Convention, Metric
from ._sources import combined
from ._windows import mean_of


def edge_windows(pixels: Tensor) -> Tensor:
    """Code of every 3x3 window of the edge map, int16 (B, 1, H - 2, W - 2)."""
    return window_codes(sobel_edges(pixels))


def shared_information(fused: Image, source: Image) -> Tensor:
    """Feature mutual information of two images on their edges, float64 (B,)."""
    return mean_of(pair_scores(source.once(edge_windows), fused.once(edge_windows)))


def fmi(fused: Image, ir: Image, vis: Image) -> Tensor:
    """Feature mutual information of the fused image, mean over its two sources.

    Args:
        fused: (B, 1, H, W), at least 3 pixels along each side.
        ir: infrared source, same shape.
        vis: visible source, same shape.

    Returns:
        float64 (B,), in 0..1; 1 where all three are constant.
    """
    values = [fused.once_with(source, shared_information) for source in (ir, vis)]
    return combined(values[0], values[1], "mean")


METRIC = Metric(
    name="FMI",
    title="Feature mutual information (edges)",
    direction="higher",
    bounds=(0.0, 1.0),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Haghighat, Razian 2014, AICT; Haghighat, Aghagolzadeh, Seyedarabi 2011; mhaghighat/fmi fmi.m",
    function=fmi,
    conventions={
        "default": Convention({}, "edge feature, 3x3 windows, two constant windows score 1; mean of the two sources"),
        "tang": Convention({}, "as the default; named FMI_pixel there, but on edges"),
        "mefb": Convention(
            {}, "as the default on each colour channel (from the source's description; no value to check against)"
        ),
        "paper": Convention({}, "as the default (inferred)"),
    },
    smallest=3,
)
