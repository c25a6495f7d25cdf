"""VOT-RGBT2019: the tracking challenge's 60 sequences in thermal and visible light, as pairs of frames."""

from __future__ import annotations

from pathlib import Path

from ._acquisition import Manual
from ._dataset import Dataset, DatasetCard, PairSource
from ._labels.ground_truth import TARGET
from ._sequences import SequenceLayout, find_sequences

_LAYOUT = SequenceLayout(vis=("color",), ir=("ir",), truth="groundtruth.txt", first=1, every=1)


class VotRgbt(Dataset):
    """Sequences ``<sequence>/{color, ir, groundtruth.txt}``; ids are ``<sequence>/<frame>``."""

    card = DatasetCard(
        name="vot-rgbt",
        title="VOT-RGBT2019",
        citation="M. Kristan et al.: The Seventh Visual Object Tracking VOT2019 Challenge Results. ICCV Workshops, "
        "2019; its sequences are of RGBT234",
        home="data.votchallenge.net/vot2019/rgbtir, read by the package vot-toolkit",
        licence="not checked; that of RGBT234 and of the challenge",
        folder="VOT-RGBT2019",
        pairs=None,
        splits={"all": "every pair of frames found; a partial copy is not noticed"},
        default_split="all",
        quirks=(
            "Boxes are rotated in the ground truth; here they are the upright ones around them.",
            "Neighbouring frames are nearly alike.",
        ),
        classes=(TARGET,),
        acquisition=Manual(
            ("Download the sequences of the stack vot2019/rgbtir with the package vot-toolkit.",),
            ("<sequence>/{color,ir}/*.jpg", "<sequence>/groundtruth.txt"),
        ),
    )

    def find(self, root: Path | None, **options: str) -> list[PairSource]:
        """See :meth:`Dataset.find`; a frame of one camera alone is a pair in error."""
        assert root is not None, "the card names a folder"
        return find_sequences("vot-rgbt", root, _LAYOUT)


DATASET = VotRgbt()
