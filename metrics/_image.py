"""An image as it is scored, which remembers what was computed from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from torch import Tensor

R = TypeVar("R")


class Image:
    """A batch of images in whole grey levels, with a memory of the features that were computed from them.

    Metrics ask for features through :meth:`once`; so two metrics share a feature of the fused image, and the
    features of the sources are computed once for all methods and degradations that are scored against them.

    Attributes:
        pixels: float64 (B, 1, H, W), whole numbers 0..255.
    """

    def __init__(self, pixels: Tensor) -> None:
        self.pixels = pixels
        self._features: dict[tuple[Any, ...], Any] = {}

    def once(self, feature: Callable[..., R], *arguments: Any) -> R:
        """``feature(self.pixels, *arguments)``, computed the first time and remembered.

        Args:
            feature: a pure module-level function of the pixels.
            arguments: hashable further arguments.
        """
        key = (feature, *arguments)
        if key not in self._features:
            self._features[key] = feature(self.pixels, *arguments)
        value: R = self._features[key]
        return value

    def once_with(self, other: Image, feature: Callable[..., R], *arguments: Any) -> R:
        """``feature(self, other, *arguments)``, computed the first time and remembered.

        It is remembered by this image, and forgotten with it: call it on the fused image with a source as
        ``other``, and the sources' memory does not grow with the number of methods.

        Args:
            other: a second image of the same size.
            feature: a pure module-level function of two images.
            arguments: hashable further arguments.
        """
        key = (feature, other, *arguments)
        if key not in self._features:
            self._features[key] = feature(self, other, *arguments)
        value: R = self._features[key]
        return value

    def remembered_bytes(self) -> int:
        """Memory held by the remembered features and the pixels, in bytes."""
        return _bytes_of([self.pixels, list(self._features.values())])


def _bytes_of(value: Any) -> int:
    if isinstance(value, Tensor):
        return value.numel() * value.element_size()
    if isinstance(value, (list, tuple)):
        return sum(_bytes_of(item) for item in value)
    if isinstance(value, dict):
        return sum(_bytes_of(item) for item in value.values())
    return 0
