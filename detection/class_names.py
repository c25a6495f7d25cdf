"""Which class of a detector is which class of a data set: by name, with a few names that mean the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import UsageError

SAME = (
    frozenset({"person", "people", "pedestrian"}),
    frozenset({"motorcycle", "motorbike"}),
)
"""Names of one thing. M3FD's Lamp is not COCO's traffic light: it counts street lights too, which COCO leaves out."""


@dataclass(frozen=True)
class ClassMap:
    """How a detector's classes and those of a data set belong together.

    Attributes:
        names: class of the detector -> class of the data set; classes of the detector that the data set does not have
            are left out.
        classes: classes of the data set that are evaluated, in its order.
        unmapped: classes of the data set that the detector does not know.
    """

    names: dict[str, str]
    classes: tuple[str, ...]
    unmapped: tuple[str, ...]

    def __str__(self) -> str:
        pairs = ", ".join(f"{found} -> {wanted}" for found, wanted in self.names.items())
        return f"{pairs}; not evaluated: {', '.join(self.unmapped)}" if self.unmapped else pairs


def map_classes(detector: Sequence[str], dataset: Sequence[str]) -> ClassMap:
    """Map classes by their names, without regard to case.

    Args:
        detector: classes of the detector.
        dataset: classes of the data set.

    Raises:
        UsageError: no class of the data set is known to the detector.
    """
    names = {found: wanted for found in detector for wanted in dataset if _meanings(found) & _meanings(wanted)}
    classes = tuple(name for name in dataset if name in names.values())
    if not classes:
        raise UsageError(
            f"none of the classes {', '.join(dataset)} is among those of the detector, {_few(detector)}; use another "
            f"detector with --detector"
        )
    return ClassMap(names, classes, tuple(name for name in dataset if name not in classes))


def _meanings(name: str) -> frozenset[str]:
    low = name.strip().lower()
    return next((group for group in SAME if low in group), frozenset({low}))


def _few(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 10 else f"{', '.join(names[:10])} and {len(names) - 10} more"
