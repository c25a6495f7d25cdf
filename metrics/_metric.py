"""What a metric is: a pure function of three images, and the facts one must know to read its values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal

import torch
from torch import Tensor

from ..color import GreyRule
from ..errors import MetricError, UsageError
from ._picture import Picture
from ._toolboxes import TOOLBOXES, ChannelRule, Toolbox

Direction = Literal["higher", "lower"]

UNBOUNDED = (-math.inf, math.inf)
"""Bounds of a metric that has none."""


MetricFunction = Callable[..., Tensor]
"""``(fused: Image, ir: Image, vis: Image, **options) -> float64 (B,)``, one value a pair."""


@dataclass(frozen=True)
class Convention:
    """One named behaviour of a metric.

    Attributes:
        options: keyword arguments of the metric's function that bring it about.
        note: what it computes, in a line; bugs reproduced on purpose are called bugs.
        channels: what becomes of colour: its ``luma`` is scored; each channel is, ``per-channel``, and the mean is
            taken; or the channels stand ``side-by-side`` in one image. When the fused picture is grey the sources'
            luminance is taken in any case. None is what the toolbox does that the convention is named after, see
            ``_toolboxes.py``, and ``luma`` without one.
        grey: rule by which colour becomes luminance; None is the toolbox's, and ``bt601`` without one.
        smallest: shortest side, in pixels, for which it is defined; None is the metric's.
    """

    options: Mapping[str, Any]
    note: str
    channels: ChannelRule | None = None
    grey: GreyRule | None = None
    smallest: int | None = None

    def named(self, name: str, smallest: int) -> Convention:
        """Itself under a name, with what it leaves open filled in.

        Args:
            name: a toolbox's, or any other.
            smallest: the metric's shortest side.
        """
        toolbox = TOOLBOXES.get(name, Toolbox())
        return replace(
            self,
            channels=self.channels or toolbox.channels,
            grey=self.grey or toolbox.grey,
            smallest=self.smallest or smallest,
        )


@dataclass(frozen=True)
class Metric:
    """A metric; a built-in is one file of this package that defines ``METRIC``.

    Attributes:
        name: as users type it, upper case.
        title: full name.
        direction: which values are better.
        bounds: smallest and largest possible value in the default convention.
        needs: the images that determine the value; ``{"fused"}`` for a metric without reference.
        reference: paper, and toolbox where one is followed.
        function: computes the values.
        conventions: name -> behaviour; always holds ``default``. What a behaviour leaves open is filled in.
        options: named single options, typed as ``METRIC@option``; likewise.
        label: as printed in tables; the name when empty.
        smallest: shortest side, in pixels, for which the metric is defined.
        version: raised when the same images would give other values.
    """

    name: str
    title: str
    direction: Direction
    bounds: tuple[float, float]
    needs: frozenset[str]
    reference: str
    function: MetricFunction
    conventions: Mapping[str, Convention]
    options: Mapping[str, Convention] = field(default_factory=lambda: MappingProxyType({}))
    label: str = ""
    smallest: int = 1
    version: int = 1

    def __post_init__(self) -> None:
        if "default" not in self.conventions:
            raise ValueError(f"metric {self.name} lacks the convention 'default'")
        conventions = {name: each.named(name, self.smallest) for name, each in self.conventions.items()}
        options = {name: each.named("", self.smallest) for name, each in self.options.items()}
        object.__setattr__(self, "conventions", MappingProxyType(conventions))
        object.__setattr__(self, "options", MappingProxyType(options))

    @property
    def shown(self) -> str:
        """Name as printed in tables."""
        return self.label or self.name

    def behaviour(self, convention: str, option: str | None = None) -> Convention:
        """The convention, or the single option ``METRIC@option`` when one is given.

        Raises:
            UsageError: the metric lacks it; the message says which there are.
        """
        table, wanted, what = (
            (self.conventions, convention, "convention") if option is None else (self.options, option, "option")
        )
        if wanted not in table:
            known = ", ".join(table) or "none"
            raise UsageError(f"metric {self.name} has no {what} '{wanted}'; it has: {known}")
        return table[wanted]

    def __call__(self, fused: Picture, ir: Picture, vis: Picture, behaviour: Convention) -> Tensor:
        """Values of a batch, float64 (B,).

        Raises:
            MetricError: the images are too small for the windows of this behaviour.
        """
        height, width = fused.levels.shape[-2:]
        smallest = behaviour.smallest or self.smallest
        if min(height, width) < smallest:
            raise MetricError(
                f"{self.name} needs images of at least {smallest}x{smallest} pixels; this one is {width}x{height}"
            )
        pictures = (fused, ir, vis)
        if behaviour.channels in (None, "luma") or fused.channels == 1:
            grey = behaviour.grey or "bt601"
            return self.function(*(picture.grey(grey) for picture in pictures), **behaviour.options)
        if behaviour.channels == "side-by-side":
            return self.function(*(picture.side_by_side() for picture in pictures), **behaviour.options)
        values = [
            self.function(*(picture.channel(index) for picture in pictures), **behaviour.options)
            for index in range(fused.channels)
        ]
        return torch.stack(values).mean(dim=0)
