"""What a degradation is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

DegradationFunction = Callable[[Tensor, float, int, Tensor | None], Tensor]


@dataclass(frozen=True)
class Degradation:
    """A controlled degradation of the visible image; a built-in is one file that defines ``DEGRADATION``.

    Attributes:
        name: as users type it.
        title: what it simulates.
        reference: paper or model it follows, and what of it was inferred.
        apply: ``(vis, severity, seed, depth) -> vis``; images (H, W) or (H, W, 3) float32 in [0, 1], depth (H, W)
            in metres or None. Severity 0 is the identity; one seed gives one image on every machine.
        needs_depth: whether ``depth`` must be given.
        version: raised when the same input would give another image.
    """

    name: str
    title: str
    reference: str
    apply: DegradationFunction
    needs_depth: bool = False
    version: int = 1

    def __call__(self, vis: Tensor, severity: float, seed: int, depth: Tensor | None = None) -> Tensor:
        """The degraded image.

        Raises:
            ValueError: negative severity, or no depth where it is needed.
        """
        if severity < 0:
            raise ValueError(f"degradation '{self.name}': severity {severity} is negative; 0 is the clean image")
        if severity == 0:
            return vis
        if self.needs_depth and depth is None:
            raise ValueError(f"degradation '{self.name}' needs a depth map, and this pair has none")
        return self.apply(vis, severity, seed, depth)
