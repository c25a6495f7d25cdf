"""Synthetic road scenes by day and night, drawn by this package: infrared, colour, depth and boxes, no download."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch

from ._dataset import Dataset, DatasetCard, PairSource
from ._pair import Pair
from ._synthetic.camera import FAR, HEIGHT, WIDTH
from ._synthetic.render import VERSION, render

_COUNTS = {"test": 16, "train": 240}


class SyntheticPair(PairSource):
    """A pair that is drawn when it is read.

    Args:
        split: name of the split, part of the seed.
        index: number of the scene in it.
    """

    def __init__(self, split: str, index: int) -> None:
        digits = len(str(_COUNTS[split] - 1))
        super().__init__(f"{split}-{index:0{digits}d}")
        self.split = split
        self.index = index

    def read(self) -> Pair:
        """Draw the pair; depth is in metres along the optical axis."""
        drawn = render(self.split, self.index)
        levels = (torch.from_numpy(drawn.ir), torch.from_numpy(drawn.vis))
        ir, vis = (image.to(torch.float32) / 255 for image in levels)
        return Pair(self.id, ir, vis, depth=torch.from_numpy(drawn.depth), boxes=drawn.boxes)

    @property
    def digest(self) -> str:
        """sha256 of the renderer's version, the pair's place in its split, and the size."""
        content = f"synthetic {VERSION} {self.split} {self.index} {WIDTH}x{HEIGHT}"
        return hashlib.sha256(content.encode()).hexdigest()


class Synthetic(Dataset):
    """Scenes drawn by :mod:`hifbench.datasets._synthetic`; needs no folder."""

    card = DatasetCard(
        name="synthetic",
        title="Synthetic road scenes",
        citation="drawn by hifbench; cite hifbench",
        home="part of hifbench",
        licence="Apache-2.0, as hifbench",
        folder="",
        pairs=sum(_COUNTS.values()),
        splits={
            "test": "hifbench's own: 16 scenes for the demonstration and for the tests",
            "train": "hifbench's own: 240 other scenes, for whoever trains on them",
        },
        default_split="test",
        quirks=(
            "The pictures are drawn, not taken: scores on them rank methods on these scenes and nothing else.",
            "Both cameras share one optical axis: there is no parallax and no misalignment.",
            f"Depth is in metres along the optical axis; the sky has {FAR:g} m.",
            "Boxes are tight around what is seen of persons and cars (vans among them); those with under 40 % of "
            "their outline in view, or lower than 6 pixels, have none.",
        ),
        classes=("person", "car"),
        version=VERSION,
        depth=True,
    )

    def find(self, root: Path | None, **options: str) -> list[PairSource]:
        """See :meth:`Dataset.find`; nothing is looked up, the pairs of all splits are named."""
        return [SyntheticPair(split, index) for split, count in _COUNTS.items() for index in range(count)]

    def split_ids(self, split: str) -> list[str] | None:
        """See :meth:`Dataset.split_ids`; the splits are numbered, not listed in files."""
        return [SyntheticPair(split, index).id for index in range(_COUNTS[split])]


DATASET = Synthetic()
