"""Discrete wavelet transform: larger detail coefficient in each band, mean of the approximation.

Li, Manjunath and Mitra, "Multisensor image fusion using the wavelet transform", Graphical Models and Image
Processing 57(3), 1995, without its window-based activity and consistency check: each coefficient is chosen by its
own absolute value. The transform is PyWavelets' ``wavedec2`` with symmetric borders.
"""

from __future__ import annotations

import numpy as np
import pywt
import torch
from torch import Tensor

from ._method import FusionMethod, MethodCard


class Wavelet(FusionMethod):
    """Wavelet fusion.

    Args:
        wavelet: name of a discrete wavelet of PyWavelets.
        levels: detail levels; fewer where the image is too small for them.
    """

    card = MethodCard(
        name="wavelet",
        title="Discrete wavelet transform, choose-max detail",
        paper="Li, Manjunath and Mitra, Graphical Models and Image Processing 57(3), 1995",
        year=1995,
    )

    def __init__(self, *, wavelet: str = "db2", levels: int = 4) -> None:
        super().__init__()
        if not 1 <= levels <= 12:
            raise ValueError(f"levels must be 1 to 12, not {levels}")
        if wavelet not in pywt.wavelist(kind="discrete"):
            raise ValueError(f"PyWavelets has no discrete wavelet '{wavelet}'; db2, sym4 and bior4.4 are some it has")
        self.wavelet = wavelet
        self.levels = levels

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        height, width = ir.shape[-2:]
        filter_length = pywt.Wavelet(self.wavelet).dec_len
        levels = min(self.levels, pywt.dwt_max_level(min(height, width), filter_length))
        bands_ir, bands_vis = (
            pywt.wavedec2(image.cpu().numpy(), self.wavelet, mode="symmetric", level=levels) for image in (ir, vis)
        )
        fused = [(bands_ir[0] + bands_vis[0]) / 2]
        for of_ir, of_vis in zip(bands_ir[1:], bands_vis[1:], strict=True):
            fused.append(tuple(np.where(np.abs(a) > np.abs(b), a, b) for a, b in zip(of_ir, of_vis, strict=True)))
        image = pywt.waverec2(fused, self.wavelet, mode="symmetric")[..., :height, :width]
        return torch.from_numpy(np.ascontiguousarray(image, dtype=np.float32)).to(self.device)


METHOD = Wavelet
