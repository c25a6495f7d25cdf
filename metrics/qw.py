"""Q_W: Piella's fusion quality index, windows weighted with their saliency; higher is better.

As Q_S, but a window counts as much as the larger of the sources' variances there (Piella, Heijmans 2003, ICIP,
equation 5).

- default: Wang and Bovik's quality index in 8x8 windows, as in the paper. Agrees with ``metricPeilla.m`` of
  yuliu316316's toolbox.
- ``zliu``: ``metricPeilla.m`` of zhengliu6699's toolbox: structural similarity (11x11 Gaussian) in its place.
- ``mefb``: MEFB's ``metricsQw.m`` with its bug: it takes the branch for edge images, so it is zhengliu's Q_W of the
  three images' Prewitt magnitudes; mean over the colour channels.

A window in which neither source has any variance counts as if both had one of 0.5, in all of them.
"""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from ._image import Image
from ._metric import Convention, Metric
from ._piella import weighted_quality
from ._similarity_maps import BOX, OCTAVE_ELEVEN, Form


def q_w(fused: Image, ir: Image, vis: Image, *, form: Form = BOX) -> Tensor:
    """Q_W.

    Args:
        fused: (B, 1, H, W), at least as large as the window.
        ir: infrared source, same shape.
        vis: visible source, same shape.
        form: window and constants of the similarity, and of what image.

    Returns:
        float64 (B,), in -1..1.
    """
    return weighted_quality(fused, ir, vis, form)


METRIC = Metric(
    name="QW",
    label="Q_W",
    title="Piella's weighted fusion quality index",
    direction="higher",
    bounds=(-1.0, 1.0),
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Piella, Heijmans 2003, ICIP 3:173-176; metricPeilla.m(2) in MFIF (yuliu316316)",
    function=q_w,
    conventions={
        "default": Convention({}, "quality index in 8x8 windows, which weigh as much as the larger variance"),
        "zliu": Convention({"form": OCTAVE_ELEVEN}, "structural similarity, 11x11 Gaussian, instead"),
        "mefb": Convention(
            {"form": replace(OCTAVE_ELEVEN, edges=True)},
            "zliu's of the edge images (a bug); mean over the colour channels",
        ),
    },
    smallest=11,
)
