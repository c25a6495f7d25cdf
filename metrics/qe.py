"""Q_E: Piella's edge-dependent fusion quality index; higher is better.

Q_W of the images times Q_W of their edge images to the power α = 1 (Piella, Heijmans 2003, ICIP, equation 6); the
edge images are Prewitt magnitudes.

Agrees with ``metricPeilla.m`` of yuliu316316's toolbox (quality index in 8x8 windows, K = 1e-6). In zhengliu6699's
toolbox the same branch stops with an error, an undefined variable, so there is no ``zliu``; what MEFB calls Q_w is
the second factor alone, see Q_W.
"""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from ._image import Image
from ._metric import Convention, Metric
from ._piella import weighted_quality
from ._similarity_maps import BOX

_EDGES = replace(BOX, edges=True)


def q_e(fused: Image, ir: Image, vis: Image) -> Tensor:
    """Q_E.

    Args:
        fused: (B, 1, H, W), at least 8 pixels along each side.
        ir: infrared source, same shape.
        vis: visible source, same shape.

    Returns:
        float64 (B,), in -1..1.
    """
    return weighted_quality(fused, ir, vis, BOX) * weighted_quality(fused, ir, vis, _EDGES)


METRIC = Metric(
    name="QE",
    label="Q_E",
    title="Piella's edge-dependent fusion quality index",
    direction="higher",
    bounds=(-1.0, 1.0),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Piella, Heijmans 2003, ICIP 3:173-176; metricPeilla.m(3) in MFIF (yuliu316316)",
    function=q_e,
    conventions={"default": Convention({}, "Q_W times Q_W of the Prewitt edge images, 8x8 windows")},
    smallest=8,
)
