"""A distribution that adds a method, a metric, a data set and a degradation to hifbench."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from hifbench.datasets import Dataset, DatasetCard, Pair, PairSource
from hifbench.datasets.degradations import Degradation
from hifbench.methods import FusionMethod, MethodCard
from hifbench.metrics import Convention, Image, Metric


class Negative(FusionMethod):
    card = MethodCard(name="negative", title="Negative of the visible image", paper="none")

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        return 1 - vis


def mean(fused: Image, ir: Image, vis: Image) -> Tensor:
    return fused.pixels.mean(dim=(1, 2, 3))


MEAN = Metric(
    name="MEAN",
    title="Mean grey level",
    direction="higher",
    bounds=(0, 255),
    needs=frozenset({"fused"}),
    reference="none",
    function=mean,
    conventions={"default": Convention({}, "mean of the pixels")},
)


class Ramp(PairSource):
    digest = "ramp"

    def read(self) -> Pair:
        ramp = (torch.arange(0, 128, 2) / 255).to(torch.float32).expand(32, 64)
        return Pair(self.id, ir=ramp.flip(1), vis=ramp, depth=torch.full((32, 64), 10.0))


class Ramps(Dataset):
    card = DatasetCard(
        name="ramps",
        title="Ramps",
        citation="none",
        home="here",
        licence="none",
        folder="",
        pairs=2,
        splits={"all": "everybody"},
        default_split="all",
    )

    def find(self, root: Path | None, **options: str) -> list[PairSource]:
        return [Ramp("a"), Ramp("b")]


RAMPS = Ramps()
DARKEN = Degradation("darken", "Darker", "none", lambda vis, severity, seed, depth: vis * (1 - severity))
