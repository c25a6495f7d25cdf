"""FLIR (AUIF): the 180 training and 40 test pairs that the authors of DIDFuse and AUIF cut from RoadScene."""

from __future__ import annotations

from pathlib import Path

from ._acquisition import Archive, Download
from ._dataset import Dataset, DatasetCard, PairSource
from ._layout import wrong_folder
from ._pairing import find_pairs

_FOLDERS = {"train": "Train_data_FLIR", "test": "Test_data_FLIR"}


class FlirAuif(Dataset):
    """Files ``IR<n>`` and ``VIS<n>`` of the two folders; ids are ``train/<n>`` and ``test/<n>``."""

    card = DatasetCard(
        name="flir-auif",
        title="FLIR, as cut for DIDFuse and AUIF",
        citation="Z. Zhao, S. Xu, J. Zhang, C. Liang, C. Zhang, J. Liu: Efficient and Model-Based Infrared and "
        "Visible Image Fusion via Algorithm Unrolling. IEEE TCSVT, 2021; and RoadScene's authors",
        home="github.com/Zhaozixiang1228/IVIF-AUIF-Net, folder Datasets",
        licence="none stated; RoadScene's images, thus derived from FLIR video, whose terms apply",
        folder="FLIR_AUIF",
        pairs=220,
        splits={
            "train": "the authors': the 180 pairs that DIDFuse and AUIF were trained on",
            "test": "the authors': 40 pairs",
        },
        default_split="test",
        quirks=(
            "Its training pairs are 180 of RoadScene's 221.",
            "They are RoadScene's in both images, byte for byte; the test pairs' infrared images are 40 of RoadScene's "
            "41 others, which are its split 'unseen'.",
            "The test pairs' visible images are grey and were encoded anew, so they equal RoadScene's in no byte.",
        ),
        overlaps={"roadscene": "all 180 training pairs"},
        acquisition=Download(
            (
                Archive(
                    "https://github.com/Zhaozixiang1228/IVIF-AUIF-Net/archive/"
                    "8f54650ffbc0a9e655a0d4c6098751bedc319803.zip",
                    subfolder="*/Datasets",
                ),
            ),
            stated_by="GitHub's scheme for the archive of a commit, which has no published checksum",
        ),
    )

    def find(self, root: Path | None, **options: str) -> list[PairSource]:
        """See :meth:`Dataset.find`; an image without its partner is a pair in error."""
        assert root is not None, "the card names a folder"
        there = {split: root / name for split, name in _FOLDERS.items() if (root / name).is_dir()}
        if not there:
            expected = f"'{_FOLDERS['train']}' or '{_FOLDERS['test']}', with IR1.jpg, VIS1.jpg and so on"
            raise wrong_folder("flir-auif", root, expected)
        sources = []
        for split, folder in there.items():
            for source in find_pairs(folder / "IR*", folder / "VIS*"):
                source.id = f"{split}/{source.id}"
                sources.append(source)
        return sources


DATASET = FlirAuif()
