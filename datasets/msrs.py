"""MSRS: 1444 aligned pairs of roads by day and night."""

from __future__ import annotations

from pathlib import Path

from ._acquisition import Archive, Download
from ._dataset import Dataset, DatasetCard, PairSource
from ._layout import find_folder, wrong_folder
from ._pairing import find_pairs


class Msrs(Dataset):
    """Folders ``train`` and ``test``, each with ``ir`` and ``vi``; ids are ``train/<stem>`` and ``test/<stem>``."""

    card = DatasetCard(
        name="msrs",
        title="MSRS, multi-spectral road scenarios",
        citation="L. Tang, J. Yuan, H. Zhang, X. Jiang, J. Ma: PIAFusion: A progressive infrared and visible image "
        "fusion network based on illumination aware. Information Fusion, 2022",
        home="github.com/Linfeng-Tang/MSRS",
        licence="not checked; see the repository",
        folder="MSRS",
        pairs=1444,
        splits={
            "train": "the authors': 1083 pairs",
            "test": "the authors': 361 pairs",
        },
        default_split="test",
        quirks=(
            "The last letter of an id is N for night or D for day.",
            "The counts of the splits are as commonly given; nobody counted them for this card.",
        ),
        counts={"train": 1083, "test": 361},
        acquisition=Download(
            (Archive("https://github.com/Linfeng-Tang/MSRS/archive/refs/heads/main.zip", subfolder="*"),),
            stated_by="GitHub's scheme for the head of a branch, which may change and has no published checksum",
        ),
    )

    def find(self, root: Path | None, **options: str) -> list[PairSource]:
        """See :meth:`Dataset.find`; an image without its partner is a pair in error."""
        assert root is not None, "the card names a folder"
        sources: list[PairSource] = []
        for split in self.card.splits:
            ir, vis = (find_folder(root, f"{split}/{side}") for side in ("ir", "vi"))
            if ir is None or vis is None:
                continue
            for source in find_pairs(ir, vis):
                source.id = f"{split}/{source.id}"
                sources.append(source)
        if not sources:
            raise wrong_folder("msrs", root, "'train' or 'test', each with the folders 'ir' and 'vi'")
        return sources

    def holds(self, split: str, id: str) -> bool:
        """See :meth:`Dataset.holds`."""
        return id.startswith(f"{split}/")


DATASET = Msrs()
