"""Feature mutual information between the fused image and both sources, on cosine coefficients; higher is better.

As FMI-PIXEL, on the two-dimensional discrete cosine transform of the whole image (Haghighat, Razian 2014, "fast
FMI", feature ``dct``). Its 3x3 windows hold neighbouring frequencies of the whole image, not places. Values near
0.4. Coefficients are rounded to 1e-9, so that images without texture have a value that does not rest on rounding.

- default: two constant windows score 1; equal windows are recognised by their values. Agrees with dungdz67's Python
  metrics and ``fmi.m`` of mhaghighat/fmi in Octave.
- ``FMI-DCT@shipped``, tang: as ``fmi.m`` ships, with the bug described at FMI-PIXEL; the same on natural images.
- ``FMI-DCT@flat-zero``: two constant windows of different values score 0; the same on natural images.
"""

from __future__ import annotations

from torch import Tensor

from ._fmi_windows import Identity, feature_information
from ._image import Image
from ._metric import UNBOUNDED, Convention, Metric
from ._transforms import cosine_transform


def fmi_dct(fused: Image, ir: Image, vis: Image, *, identity: Identity = "repaired", constants: float = 1.0) -> Tensor:
    """Feature mutual information on cosine coefficients, mean over the two sources.

    Args:
        fused: (B, 1, H, W), at least 3 pixels along each side.
        ir: infrared source, same shape.
        vis: visible source, same shape.
        identity: how equal windows are recognised; see :mod:`hifbench.metrics._fmi_windows`.
        constants: score of two constant windows of different values.

    Returns:
        float64 (B,).
    """
    return feature_information(cosine_transform, fused, ir, vis, identity, constants)


METRIC = Metric(
    name="FMI-DCT",
    title="Feature mutual information (cosine coefficients)",
    direction="higher",
    bounds=UNBOUNDED,
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Haghighat, Razian 2014, AICT; mhaghighat/fmi fmi.m, feature 'dct'",
    function=fmi_dct,
    conventions={
        "default": Convention({}, "dct2 of the image, 3x3 windows, two constant windows score 1; mean of the two"),
        "tang": Convention(
            {"identity": "shipped"},
            "bug: equal windows go unrecognised (from the source's description; no value to check against)",
        ),
    },
    options={
        "shipped": Convention({"identity": "shipped"}, "bug: equal windows go unrecognised, as fmi.m ships"),
        "flat-zero": Convention({"constants": 0.0}, "two constant windows of different values score 0"),
    },
    smallest=3,
)
