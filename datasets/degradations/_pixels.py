"""Images between the harness (torch, float32) and the degradations' arithmetic (numpy, float64)."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Pixels = NDArray[np.float64]


def pixels(image: Tensor) -> Pixels:
    """An image, or a depth map, as float64."""
    return image.detach().cpu().numpy().astype(np.float64)


def as_image(values: Pixels, like: Tensor) -> Tensor:
    """What was computed, clipped to [0, 1], as an image of the type and on the device of ``like``."""
    return torch.from_numpy(np.clip(values, 0.0, 1.0)).to(like)


def generator(seed: int) -> np.random.Generator:
    """Random numbers that one seed gives on every machine, whatever numpy's default generator becomes."""
    return np.random.Generator(np.random.PCG64(seed))
