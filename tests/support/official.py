"""What the tests of the ports share: real pairs, and how a network's operations are counted from its layers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from hifbench import methods


def golden_pair(shared: Path, pair: str) -> tuple[Tensor, Tensor]:
    """Infrared and visible image of a pair that the authors' code was run on, (1, 1, H, W) in [0, 1]."""
    ir, vis = (
        torch.from_numpy(np.asarray(Image.open(path).convert("L"), dtype=np.float32) / 255)[None, None]
        for path in (shared / "golden" / "methods" / "inputs" / f"pair{pair}_{side}.bmp" for side in ("IR", "VIS"))
    )
    return ir, vis


def noise(height: int, width: int, batch: int = 1) -> tuple[Tensor, Tensor]:
    """Two images of noise."""
    ir, vis = torch.rand(2, batch, 1, height, width, generator=torch.Generator().manual_seed(height * width))
    return ir, vis


def flops(method: methods.FusionMethod, height: int, width: int) -> int:
    """Floating-point operations of fusing a pair, as torch counts them."""
    with FlopCounterMode(display=False) as counter:
        method.fuse(*noise(height, width))
    return int(counter.get_total_flops())
