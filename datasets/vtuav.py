"""VTUAV: sequences filmed from a drone in thermal and visible light, as pairs of frames."""

from __future__ import annotations

from pathlib import Path

from ._acquisition import Manual
from ._dataset import Dataset, DatasetCard, PairSource
from ._labels.ground_truth import TARGET
from ._sequences import SequenceLayout, find_sequences

_LAYOUT = SequenceLayout(vis=("rgb",), ir=("ir_gray", "ir"), truth="rgb.txt", first=0, every=10)


class Vtuav(Dataset):
    """Sequences ``<sequence>/{rgb, ir_gray or ir, rgb.txt}``; ids are ``<sequence>/<frame>``."""

    card = DatasetCard(
        name="vtuav",
        title="VTUAV, visible-thermal UAV tracking",
        citation="P. Zhang, J. Zhao, D. Wang, H. Lu, X. Ruan: Visible-Thermal UAV Tracking: A Large-Scale Benchmark "
        "and New Baseline. CVPR, 2022",
        home="github.com/zhang-pengyu/HMFT, which also holds one sequence cut short",
        licence="none stated",
        folder="VTUAV",
        pairs=None,
        splits={"all": "every pair of frames found"},
        default_split="all",
        quirks=(
            "Ground truth has one line for every tenth frame, the first for frame 0; the other frames have no boxes.",
            "The boxes are those of the visible frames (rgb.txt); those of ir.txt differ by some pixels.",
            "Frames are 1920x1080, neighbouring ones nearly alike.",
        ),
        classes=(TARGET,),
        acquisition=Manual(
            (
                "Follow the links to the data at github.com/zhang-pengyu/HMFT.",
                "Unpack the sequences side by side.",
            ),
            ("<sequence>/rgb/*.jpg", "<sequence>/ir_gray or ir/*.jpg", "<sequence>/rgb.txt"),
        ),
    )

    def find(self, root: Path | None, **options: str) -> list[PairSource]:
        """See :meth:`Dataset.find`; a frame of one camera alone is a pair in error."""
        assert root is not None, "the card names a folder"
        return find_sequences("vtuav", root, _LAYOUT)


DATASET = Vtuav()
