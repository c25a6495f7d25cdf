"""Degradations of the visible image: ``(vis, severity, seed, depth) -> vis``. One degradation, one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...registry import Registry, lazily

if TYPE_CHECKING:
    from ._degradation import Degradation


DEGRADATIONS: Registry[Degradation] = Registry(
    kind="degradation",
    package="hifbench.datasets.degradations",
    group="hifbench.degradations",
    attribute="DEGRADATION",
    base="hifbench.datasets.degradations._degradation:Degradation",
)


__all__ = [
    "DEGRADATIONS",
    "Degradation",
]

__getattr__ = lazily(
    __name__,
    {
        "Degradation": "_degradation",
    },
)
