"""Q_S: Piella's fusion quality index, all windows alike; higher is better.

In every window the fused image's similarity to either source, weighted with the source's share of the two local
variances; mean over the windows (Piella, Heijmans 2003, ICIP, equation 4).

- default: Wang and Bovik's quality index in 8x8 windows, as in the paper. Agrees with ``metricPeilla.m`` of
  yuliu316316's toolbox, whose K = 1e-6 does for flat windows what the definition of UIQI says.
- ``zliu``: ``metricPeilla.m`` of zhengliu6699's toolbox, which has structural similarity in its place: 11x11 Gaussian,
  K = 0.01 and 0.03, range 255. Weights of flat windows are rounding noise there and are reproduced.

Where neither source has any variance they weigh the same.
"""

from __future__ import annotations

from torch import Tensor

from ._image import Image
from ._metric import Convention, Metric
from ._piella import quality
from ._similarity_maps import BOX, OCTAVE_ELEVEN, Form


def q_s(fused: Image, ir: Image, vis: Image, *, form: Form = BOX) -> Tensor:
    """Q_S.

    Args:
        fused: (B, 1, H, W), at least as large as the window.
        ir: infrared source, same shape.
        vis: visible source, same shape.
        form: window and constants of the similarity.

    Returns:
        float64 (B,), in -1..1.
    """
    return quality(fused, ir, vis, form)


METRIC = Metric(
    name="QS",
    label="Q_S",
    title="Piella's fusion quality index",
    direction="higher",
    bounds=(-1.0, 1.0),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Piella, Heijmans 2003, ICIP 3:173-176; metricPeilla.m(1) in MFIF (yuliu316316)",
    function=q_s,
    conventions={
        "default": Convention({}, "quality index in 8x8 windows, weighted with the sources' variances"),
        "zliu": Convention({"form": OCTAVE_ELEVEN}, "structural similarity, 11x11 Gaussian, instead"),
    },
    smallest=11,
)
