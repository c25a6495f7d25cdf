"""Scores of fused images: from pictures in [0, 1] to named metrics under named conventions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..errors import UsageError
from ._metric import Convention, Metric
from ._picture import Picture, scored

PIXELS_AT_ONCE = 1 << 23
"""Pixels of a batch that are scored together on a GPU; a triple needs up to 1 kB a pixel (measured on a processor)."""


LARGE = 1 << 20
"""Pixels above which metrics that are scored once do not share features: one 1280x1024 triple then stays below 1 GB."""


@dataclass(frozen=True)
class Selected:
    """One column to compute: a metric under a convention, or with a single option.

    Attributes:
        name: as results name it, such as ``SSIM`` or ``AG@forward``.
        metric: what computes it.
        convention: as results name it.
        behaviour: the options to compute it with.
    """

    name: str
    metric: Metric
    convention: str
    behaviour: Convention

    @property
    def key(self) -> tuple[str, str]:
        """Name and convention, which together name the column."""
        return self.name, self.convention

    def __call__(self, fused: Picture, ir: Picture, vis: Picture) -> Tensor:
        """Values of a batch, float64 (B,)."""
        return self.metric(fused, ir, vis, self.behaviour)


def select(names: Sequence[str], conventions: Sequence[str] = ("default",)) -> list[Selected]:
    """Look up metrics by the names that users type.

    Args:
        names: metric names in any case, or ``METRIC@option``.
        conventions: the columns are every metric under each of these that it has; a ``METRIC@option`` is an option
            of the default convention, and one column.

    Raises:
        UsageError: an unknown metric or option, a metric named twice, or one that has none of the conventions.
    """
    from . import METRICS

    if not names:
        raise UsageError("no metric is named; 'hifbench list metrics' shows what there is")
    conventions = [convention.lower() for convention in conventions]
    chosen: dict[tuple[str, str], Selected] = {}
    for typed in names:
        bare, at, option = typed.partition("@")
        metric = METRICS.get(bare)
        option = option.strip().lower()
        if at:
            found = [Selected(f"{metric.name}@{option}", metric, "default", metric.behaviour("default", option))]
        else:
            has = [name for name in conventions if name in metric.conventions] or conventions[:1]
            found = [Selected(metric.name, metric, name, metric.behaviour(name)) for name in has]
        for column in found:
            if column.key in chosen:
                raise UsageError(f"metric '{column.name}' is named twice; name it once")
            chosen[column.key] = column
    return list(chosen.values())


def forget_if_large(pictures: Sequence[Picture]) -> None:
    """After each column: large pictures do not keep features for the next, whose own need the memory."""
    for picture in pictures:
        if picture.levels.shape[-2] * picture.levels.shape[-1] > LARGE:
            picture.forget()


def compute(
    fused: Tensor, ir: Tensor, vis: Tensor, names: Sequence[str], convention: str = "default"
) -> dict[str, Tensor]:
    """See :func:`hifbench.metrics.compute`."""
    if not len({image.device for image in (fused, ir, vis)}) == 1:
        raise UsageError(
            f"fused, infrared and visible are on {fused.device}, {ir.device} and {vis.device}; on one, please"
        )
    pictures = [scored(image) for image in (fused, ir, vis)]
    shapes = [(len(picture.levels), *picture.levels.shape[-2:]) for picture in pictures]
    if len(set(shapes)) != 1:
        raise UsageError(
            f"fused, infrared and visible must be batches of one size (batch, height, width); they are {shapes[0]}, "
            f"{shapes[1]}, {shapes[2]}"
        )
    columns = select(names, [convention])
    # On a processor one pair at a time: its maps stay in the cache, which a batch of them leaves two to three times
    # slower. On other devices as many as a budget of memory allows.
    height, width = shapes[0][1:]
    at_once = 1 if fused.device.type == "cpu" else max(1, PIXELS_AT_ONCE // (height * width))
    batches = zip(*(torch.split(picture.levels, at_once) for picture in pictures), strict=True)
    values: dict[str, list[Tensor]] = {column.name: [] for column in columns}
    for batch in batches:
        part = [Picture(levels) for levels in batch]  # and what they remember is let go before the next
        for column in columns:
            values[column.name].append(column(*part))
            forget_if_large(part)
    return {name: torch.cat(of_parts) for name, of_parts in values.items()}
