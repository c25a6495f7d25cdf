"""Degradations of the visible image: ``(vis, severity, seed, depth) -> vis``. One degradation, one file."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from ...registry import Registry

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

_PUBLIC = {
    "Degradation": "_degradation",
}
"""What a package of your own builds on -> where it is defined; imported when it is asked for, with torch."""


def __getattr__(name: str) -> object:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_PUBLIC[name]}", __name__), name)
