"""LLVIP: 15488 aligned pairs of streets at night, seen from above, with boxes of persons."""

from __future__ import annotations

from pathlib import Path

from ._acquisition import Manual
from ._dataset import Dataset, DatasetCard, PairSource
from ._labels.label import LabelFolder
from ._labels.voc import VocFile
from ._layout import find_folder, first_folder, wrong_folder
from ._pairing import find_pairs

_CLASSES = ("person",)


class Llvip(Dataset):
    """Folders ``infrared`` and ``visible``, each with ``train`` and ``test``; ids are ``train/<stem>`` and so on."""

    card = DatasetCard(
        name="llvip",
        title="LLVIP, low-light vision",
        citation="X. Jia, C. Zhu, M. Li, W. Tang, W. Zhou: LLVIP: A Visible-infrared Paired Dataset for Low-light "
        "Vision. ICCV Workshops, 2021, pp. 3496-3504",
        home="bupt-ai-cz.github.io/LLVIP, which links Google Drive",
        licence="LLVIP Term of Use and License: non-commercial, with citation, no intrusion on privacy; new "
        "annotations must say how they relate to LLVIP",
        folder="LLVIP",
        pairs=15488,
        splits={
            "train": "the authors': 12025 pairs",
            "test": "the authors': 3463 pairs of seven other scenes",
        },
        default_split="test",
        quirks=(
            "The annotations were corrected on 2023-02-21, and AP depends on which are used: the authors' README "
            "counts 7931 boxes in the test split, the list of DAMSDet 8302. Every run records a hash of those it used; "
            "'hifbench data verify llvip' counts them.",
            "The first two digits of an id are the scene.",
            "Images are 1280x1024, infrared ones stored as three equal channels.",
        ),
        classes=_CLASSES,
        counts={"train": 12025, "test": 3463},
        acquisition=Manual(
            (
                "Read the terms at bupt-ai-cz.github.io/LLVIP.",
                "Download Google Drive file 1VTlT3Y7e1h-Zsne4zahjx5q0TK2ClMVv, linked there, and unpack it.",
            ),
            (
                "Annotations/*.xml",
                "{infrared,visible}/train/*.jpg  12025 each",
                "{infrared,visible}/test/*.jpg  3463 each",
            ),
        ),
    )

    def find(self, root: Path | None, **options: str) -> list[PairSource]:
        """See :meth:`Dataset.find`; with annotations at all, a pair without one is a pair in error."""
        assert root is not None, "the card names a folder"
        xml = first_folder(root, ["Annotations"])
        labels = LabelFolder(xml, ".xml", lambda path: VocFile(path, _CLASSES)) if xml else None
        sources: list[PairSource] = []
        for split in self.card.splits:
            ir, vis = (find_folder(root, f"{side}/{split}") for side in ("infrared", "visible"))
            if ir is None or vis is None:
                continue
            for source in find_pairs(ir, vis, labels.of if labels else lambda stem: None):
                source.id = f"{split}/{source.id}"
                sources.append(source)
        if not sources:
            expected = "'infrared' and 'visible', each with the folder 'train' or 'test', and 'Annotations'"
            raise wrong_folder("llvip", root, expected)
        return sources

    def holds(self, split: str, id: str) -> bool:
        """See :meth:`Dataset.holds`."""
        return id.startswith(f"{split}/")


DATASET = Llvip()
