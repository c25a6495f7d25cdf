"""Fusion methods: classical, learned and "do nothing". One method, one file."""

from __future__ import annotations

if __name__ != "hifbench.methods":
    # Started in the repository's root, Python would make a second copy of this package under a bare name.
    raise ModuleNotFoundError(f"No module named {__name__!r}", name=__name__)

import os
from typing import TYPE_CHECKING, Any

from ..registry import Registry, lazily

if TYPE_CHECKING:
    from ._iterative import IterativeMethod
    from ._method import FusionMethod, MethodCard, OfficialWeights
    from ._training.recipe import Recipe
    from ._weights import WeightedMethod, WeightFiles, fill, load_tensors


METHODS: Registry[type[FusionMethod]] = Registry(
    kind="method",
    package="hifbench.methods",
    group="hifbench.methods",
    attribute="METHOD",
    base="hifbench.methods._method:FusionMethod",
    classes=True,
)


def create(name: str, weights: str | os.PathLike[str] = "default", device: str = "cpu", **options: Any) -> FusionMethod:
    """A fusion method, ready to fuse.

    Args:
        name: method, see ``hifbench list methods``.
        weights: a weights file or the folder of the official files; ``default`` takes the file shipped with the
            package, else ``$HIFBENCH_WEIGHTS/<method>/``, else the user's cache; ``own`` takes what hifbench trained
            itself.
        device: ``cpu``, ``cuda`` or ``cuda:i``.
        options: what only this method takes, such as ``levels`` of ``laplacian``.

    Raises:
        UsageError: unknown method, option or device, or weights for a method that has none.
        WeightsError: the weights are missing, unreadable, or do not fit the network.
    """
    from ._create import create as build

    return build(METHODS.get(name), weights, device, options)


__all__ = [
    "METHODS",
    "FusionMethod",
    "IterativeMethod",
    "MethodCard",
    "OfficialWeights",
    "Recipe",
    "WeightFiles",
    "WeightedMethod",
    "create",
    "fill",
    "load_tensors",
]

__getattr__ = lazily(
    __name__,
    {
        "FusionMethod": "_method",
        "IterativeMethod": "_iterative",
        "MethodCard": "_method",
        "OfficialWeights": "_method",
        "Recipe": "_training.recipe",
        "WeightFiles": "_weights",
        "WeightedMethod": "_weights",
        "fill": "_weights",
        "load_tensors": "_weights",
    },
)
