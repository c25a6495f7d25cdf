"""Scores of fused images: from pictures in [0, 1] to named metrics under named conventions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..errors import UsageError
from ._metric import Convention, Metric
from ._picture import Picture, scored


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

    def __call__(self, fused: Picture, ir: Picture, vis: Picture) -> Tensor:
        """Values of a batch, float64 (B,)."""
        return self.metric(fused, ir, vis, self.behaviour)


def select(names: Sequence[str], convention: str = "default") -> list[Selected]:
    """Look up metrics by the names that users type.

    Args:
        names: metric names in any case, or ``METRIC@option``.
        convention: convention of every metric; a ``METRIC@option`` is an option of the default convention.

    Raises:
        UsageError: an unknown metric, convention or option, or a metric named twice.
    """
    from . import METRICS

    chosen: dict[str, Selected] = {}
    for typed in names:
        bare, _, option = typed.partition("@")
        metric = METRICS.get(bare)
        option_name = option.strip().lower() or None
        name = f"{metric.name}@{option_name}" if option_name else metric.name
        if name in chosen:
            raise UsageError(f"metric '{name}' is named twice; name it once")
        behaviour = metric.behaviour(convention, option_name)
        chosen[name] = Selected(name, metric, "default" if option_name else convention, behaviour)
    if not chosen:
        raise UsageError("no metric is named; 'hifbench list metrics' shows what there is")
    return list(chosen.values())


def compute(
    fused: Tensor, ir: Tensor, vis: Tensor, names: Sequence[str], convention: str = "default"
) -> dict[str, Tensor]:
    """See :func:`hifbench.metrics.compute`."""
    pictures = [scored(image) for image in (fused, ir, vis)]
    shapes = [(len(picture.levels), *picture.levels.shape[-2:]) for picture in pictures]
    if len(set(shapes)) != 1:
        raise UsageError(
            f"fused, infrared and visible must be batches of one size (batch, height, width); they are {shapes[0]}, "
            f"{shapes[1]}, {shapes[2]}"
        )
    columns = select(names, convention)
    if pictures[0].levels.device.type != "cpu":
        return {column.name: column(*pictures) for column in columns}
    # On a processor one pair at a time: its maps stay in the cache, which a batch of them leaves two to three
    # times slower.
    batches = [torch.split(picture.levels, 1) for picture in pictures]
    pairs = [[Picture(levels) for levels in pair] for pair in zip(*batches, strict=True)]
    return {column.name: torch.cat([column(*pair) for pair in pairs]) for column in columns}
