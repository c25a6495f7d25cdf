"""A picture as it is scored: its channels in whole levels, and the images that a convention takes from it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ..color import GreyRule, luminance, quantise
from ..errors import UsageError
from ._image import Image

_OVERSHOOT = 1.0  # a fusion method may overshoot and is clipped; what goes further is not meant as [0, 1]


class Picture:
    """A batch of pictures, grey or colour, that remembers the images taken from it.

    Args:
        levels: (B, 1, H, W) or (B, 3, H, W), whole numbers 0..255, float64.
    """

    def __init__(self, levels: Tensor) -> None:
        self.levels = levels
        self._images: dict[str, Image] = {}

    @property
    def channels(self) -> int:
        """1 for grey, 3 for colour."""
        return self.levels.shape[1]

    def grey(self, rule: GreyRule = "bt601") -> Image:
        """The picture's luminance by one of the rules of :func:`hifbench.color.luminance`."""
        name = "grey" if self.channels == 1 else rule  # grey is grey under every rule, and is shared
        return self._once(name, lambda: luminance(self.levels, rule))

    def channel(self, index: int) -> Image:
        """One colour channel; a grey picture stands for each of its channels."""
        if self.channels == 1:
            return self.grey()
        return self._once(f"channel {index}", lambda: self.levels[:, index : index + 1].contiguous())

    def side_by_side(self) -> Image:
        """The channels from left to right in one image, (B, 1, H, 3 W); a grey picture as it is."""
        if self.channels == 1:
            return self.grey()
        return self._once("side by side", lambda: torch.cat(self.levels.unbind(1), dim=-1).unsqueeze(1))

    def remembered_bytes(self) -> int:
        """Memory held by the picture and by the features of its images, in bytes."""
        own = self.levels.numel() * self.levels.element_size()
        return own + sum(image.remembered_bytes() for image in self._images.values())

    def forget(self) -> None:
        """Let go of the images taken from it and of all that they remember."""
        self._images.clear()

    def _once(self, name: str, take: Callable[[], Tensor]) -> Image:
        if name not in self._images:
            self._images[name] = Image(take())
        return self._images[name]


def scored(image: Tensor) -> Picture:
    """The picture as it is scored: clipped and rounded to whole levels.

    Args:
        image: (B, 1, H, W) or (B, 3, H, W), nominally in [0, 1].

    Raises:
        UsageError: not float32 or float64, not four-dimensional, neither one nor three channels, empty, not finite,
            or so far outside [0, 1] that it must be in other units.
    """
    if image.ndim != 4 or image.shape[1] not in (1, 3) or 0 in image.shape:
        raise UsageError(f"an image to score has shape (B, 1, H, W) or (B, 3, H, W), not {tuple(image.shape)}")
    if image.dtype not in (torch.float32, torch.float64):
        raise UsageError(f"an image to score is float32 or float64, not {image.dtype}, divide whole levels by 255")
    if not bool(image.isfinite().all()):
        raise UsageError("an image to score holds NaN or infinite pixels; the method that made it is at fault")
    low, high = (float(bound) for bound in image.aminmax())
    if low < -_OVERSHOOT or high > 1 + _OVERSHOOT:
        raise UsageError(f"an image to score lies in [0, 1], not {low:.3g} to {high:.3g}; divide grey levels by 255")
    return Picture(quantise(image))
