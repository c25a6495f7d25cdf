"""Every behaviour of every metric, and pictures to score with it: for tests that go through the registry."""

from __future__ import annotations

import numpy as np
import torch

from hifbench.metrics import METRICS
from hifbench.metrics._metric import Convention
from hifbench.metrics._picture import Picture

NAMES = METRICS.names()
DEFAULTS = [column for name in NAMES for column in (name, *(f"{name}@{o}" for o in METRICS.get(name).options))]
"""What users name under the default convention."""


def _behaviours(distinct: bool) -> dict[str, tuple[str, Convention]]:
    """``NAME``, ``NAME convention`` or ``NAME@option`` -> the metric's name and what it does.

    Args:
        distinct: leave out what computes the same as an earlier one of the metric, colour apart.
    """
    found = {}
    for name in NAMES:
        metric = METRICS.get(name)
        seen: list[object] = []
        for mark, table in ((" ", metric.conventions), ("@", metric.options)):
            for key, behaviour in table.items():
                if not distinct or dict(behaviour.options) not in seen:
                    found[name if key == "default" else f"{name}{mark}{key}"] = (name, behaviour)
                    seen.append(dict(behaviour.options))
    return found


EVERY = _behaviours(distinct=False)
DISTINCT = _behaviours(distinct=True)


def value(label: str, *pictures: torch.Tensor) -> torch.Tensor:
    name, behaviour = EVERY[label]
    return METRICS.get(name)(*(Picture(each) for each in pictures), behaviour)


def picture(seed: int, height: int, width: int) -> torch.Tensor:
    """One of five kinds of picture: noise, few levels, black and white, a ramp with noise, patches on black."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    match seed % 5:
        case 0:
            levels = random.integers(0, 256, (height, width))
        case 1:
            levels = random.integers(100, 103, (height, width))
        case 2:
            levels = 255 * random.integers(0, 2, (height, width))
        case 3:
            levels = 255 * (x + y) / (height + width) + random.normal(0, 3, (height, width))
        case _:
            levels = 200 * (((x // 7) % 3 == 0) & ((y // 5) % 2 == 0)) + (x == y) * 55
    return torch.from_numpy(np.clip(np.rint(levels), 0, 255).astype(np.float64))[None, None]


def triple(seed: int, height: int, width: int) -> list[torch.Tensor]:
    return [picture(3 * seed + k, height, width) for k in range(3)]


def side(label: str) -> int:
    """A side that leaves the metric's windows some room."""
    return max((EVERY[label][1].smallest or 1) + 8, 32)
