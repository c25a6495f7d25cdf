"""What a degradation is."""

from __future__ import annotations

import math
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
            in metres along the optical axis, or None. Severity 0 is the identity; one seed gives one image on every
            machine.
        needs_depth: whether it goes by ``depth``; others are given none in a run.
        version: raised when the same input would give another image.
        strongest: greatest severity that is defined; infinite where every one is.
    """

    name: str
    title: str
    reference: str
    apply: DegradationFunction
    needs_depth: bool = False
    version: int = 1
    strongest: float = math.inf

    def check(self, severity: float) -> None:
        """Refuse a severity that is not defined.

        Raises:
            ValueError: it is negative, NaN, infinite, or beyond ``strongest``.
        """
        if severity < 0:
            raise ValueError(f"degradation '{self.name}': severity {severity:g} is negative; 0 is the clean image")
        if not math.isfinite(severity):
            raise ValueError(f"degradation '{self.name}': severity {severity:g} is no number to go by; 0 is clean")
        if severity > self.strongest:
            raise ValueError(
                f"degradation '{self.name}': severity {severity:g} is beyond the strongest, {self.strongest:g}"
            )

    def __call__(self, vis: Tensor, severity: float, seed: int, depth: Tensor | None = None) -> Tensor:
        """The degraded image.

        Raises:
            ValueError: a severity that is not defined, no depth where it is needed, or one of another size.
        """
        self.check(severity)
        if severity == 0:
            return vis
        if self.needs_depth and depth is None:
            raise ValueError(f"degradation '{self.name}' needs a depth map, and this pair has none")
        if depth is not None and depth.shape != vis.shape[:2]:
            raise ValueError(
                f"degradation '{self.name}': the depth is {tuple(depth.shape)}, the image {tuple(vis.shape[:2])}"
            )
        return self.apply(vis, severity, seed, depth)
