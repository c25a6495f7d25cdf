"""RoadScene: 221 aligned pairs of road scenes by day and night, cut from FLIR video."""

from __future__ import annotations

from pathlib import Path

from ._acquisition import Archive, Download
from ._dataset import Dataset, DatasetCard, PairSource
from ._layout import wrong_folder
from ._pairing import find_pairs


class RoadScene(Dataset):
    """The folders ``cropinfrared`` and ``crop_LR_visible``, matched by stem."""

    card = DatasetCard(
        name="roadscene",
        title="RoadScene",
        citation="H. Xu, J. Ma, J. Jiang, X. Guo, H. Ling: U2Fusion: A Unified Unsupervised Image Fusion "
        "Network. IEEE TPAMI, 2020",
        home="github.com/hanna-xu/RoadScene",
        licence="none stated; derived from FLIR video, whose terms apply",
        folder="RoadScene",
        pairs=221,
        splits={
            "all": "every pair of the official repository, which has no split of its own",
            "unseen": "hifbench's own: the 41 pairs outside the 'FLIR' training set of AUIF and DIDFuse",
            "cddfuse50": "the 50 test pairs of CDDFuse, which others test on as well",
        },
        default_split="all",
        quirks=(
            "The 180 training and 40 test infrared images of the 'FLIR' set of AUIF and DIDFuse are "
            "RoadScene's, byte for byte: methods trained there have seen 180 of the 221 scenes; draw claims "
            "from 'unseen'.",
            "crop_HR_visible does not have the size of cropinfrared and is not used.",
            "FLIR_05872, FLIR_07620 and FLIR_video_03237 look shifted by over 3 pixels in a coarse test.",
        ),
        acquisition=Download(
            (
                Archive(
                    "https://github.com/hanna-xu/RoadScene/archive/ab71420f8fc96396eeb97eecf3694909b3feb656.zip",
                    subfolder="*",
                ),
            ),
            stated_by="GitHub's scheme for the archive of a commit, which has no published checksum",
        ),
    )

    def find(self, root: Path | None, **options: str) -> list[PairSource]:
        """See :meth:`Dataset.find`; a stem that only one folder has is a pair in error."""
        assert root is not None, "the card names a folder"
        ir, vis = root / "cropinfrared", root / "crop_LR_visible"
        if not (ir.is_dir() or vis.is_dir()):
            raise wrong_folder("roadscene", root, "the folders 'cropinfrared' and 'crop_LR_visible'")
        return find_pairs(ir, vis)


DATASET = RoadScene()
