"""Feature mutual information between the fused image and both sources, on wavelet coefficients; higher is better.

As FMI-PIXEL, on one level of the discrete Meyer wavelet: approximation, horizontal, vertical and diagonal detail
tiled as [A H; V D] and scaled to 0..1 (Haghighat, Razian 2014, "fast FMI", feature ``wavelet``). Values near 0.4.
Coefficients are rounded to 1e-9, so that flat areas have a value that does not rest on rounding.

The filter is computed from Meyer's definition and cut to the 102 taps that MATLAB's ``dmey`` has. With MATLAB's own
taps in Octave the values differ by 1e-8 to 1e-7, by 1e-6 to 1e-4 on images with large flat areas, where rounding
decides; PyWavelets' ``dmey`` of 62 taps leads 3e-3 to 4e-2 away.

- default: two constant windows score 1; equal windows are recognised by their values.
- ``FMI-WAVELET@shipped``, tang: as ``fmi.m`` ships, with the bug described at FMI-PIXEL.
- ``FMI-WAVELET@flipped``: the high-pass filter's sign is the opposite of MATLAB's, as in dungdz67's Python metrics;
  a difference of 1e-3.
"""

from __future__ import annotations

from torch import Tensor

from ._fmi_windows import Identity, mutual_information
from ._image import Image
from ._metric import UNBOUNDED, Convention, Metric
from ._transforms import meyer_tiles


def fmi_wavelet(
    fused: Image, ir: Image, vis: Image, *, identity: Identity = "repaired", flipped: bool = False
) -> Tensor:
    """Feature mutual information on wavelet coefficients, mean over the two sources.

    Args:
        fused: (B, 1, H, W).
        ir: infrared source, same shape.
        vis: visible source, same shape.
        identity: how equal windows are recognised; see :mod:`hifbench.metrics._fmi_windows`.
        flipped: the high-pass filter's sign is the opposite of MATLAB's.

    Returns:
        float64 (B,).
    """
    tiles = [image.once(meyer_tiles, flipped) for image in (fused, ir, vis)]
    return mutual_information(tiles[0], tiles[1], tiles[2], identity, 1.0)


METRIC = Metric(
    name="FMI-WAVELET",
    title="Feature mutual information (wavelet coefficients)",
    direction="higher",
    bounds=UNBOUNDED,
    needs=frozenset({"fused", "ir", "vis"}),
    reference="Haghighat, Razian 2014, AICT; mhaghighat/fmi fmi.m, feature 'wavelet'",
    function=fmi_wavelet,
    conventions={
        "default": Convention({}, "dmey of 102 taps, 3x3 windows, two constant windows score 1; mean of the two"),
        "tang": Convention(
            {"identity": "shipped"},
            "bug: equal windows go unrecognised (from the source's description; no value to check against)",
        ),
    },
    options={
        "shipped": Convention({"identity": "shipped"}, "bug: equal windows go unrecognised, as fmi.m ships"),
        "flipped": Convention({"flipped": True}, "sign of the high-pass filter opposite to MATLAB's (dungdz67)"),
    },
    smallest=3,
)
