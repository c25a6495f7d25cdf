"""Slices of Harvard's Whole Brain Atlas: magnetic resonance beside a tracer's image in colour."""

from __future__ import annotations

from pathlib import Path

from ._acquisition import Manual
from ._dataset import Dataset, DatasetCard, PairSource
from ._layout import find_folder, wrong_folder
from ._pairing import find_pairs

_TEST = 24


class Harvard(Dataset):
    """One modality beside MRI, as github.com/xianming-gu/Havard-Medical-Image-Fusion-Datasets has it.

    The MRI slice, which is grey, takes the place of the infrared image, and the tracer's, in false colour, that of the
    visible one: methods fuse its luminance, and its colour is put back.

    Args:
        modality: ``PET`` or ``SPECT``.
        pairs: in the repository.
    """

    def __init__(self, modality: str, pairs: int) -> None:
        self._modality = modality
        self.card = DatasetCard(
            name=f"harvard-{modality.lower()}",
            title=f"Harvard Whole Brain Atlas, {modality} and MRI",
            citation="K. A. Johnson, J. A. Becker: The Whole Brain Atlas. Harvard Medical School, "
            "www.med.harvard.edu/AANLIB; slices as collected by Xianming Gu",
            home="github.com/xianming-gu/Havard-Medical-Image-Fusion-Datasets",
            licence="none stated by the repository; the atlas's own terms were not checked",
            folder="Harvard",
            pairs=pairs,
            splits={
                "test": f"the repository's MyDatasets: {_TEST} pairs",
                "train": f"the repository's MyDatasets: the {pairs - _TEST} others",
                "all": "every pair found",
            },
            default_split="test",
            quirks=(
                f"The role 'ir' is MRI (grey), the role 'vis' {modality} (false colour).",
                "There is no official set for fusion: everybody cuts their own from the atlas, so scores of two papers "
                "rarely are over the same slices.",
            ),
            counts={"train": pairs - _TEST},
            acquisition=Manual(
                (
                    "Check the atlas's terms at www.med.harvard.edu/AANLIB.",
                    "Get github.com/xianming-gu/Havard-Medical-Image-Fusion-Datasets at commit "
                    "984d169e8abd01baa130db3c5b9be3ba80191c1f.",
                ),
                (f"MyDatasets/{modality}-MRI/{{train,test}}/{{{modality},MRI}}/*.png  {pairs} pairs",),
            ),
        )

    def find(self, root: Path | None, **options: str) -> list[PairSource]:
        """See :meth:`Dataset.find`; a slice of one modality alone is a pair in error."""
        assert root is not None, "the card names a folder"
        kind = f"{self._modality}-MRI"
        sources: list[PairSource] = []
        for place in (f"MyDatasets/{kind}/train", f"MyDatasets/{kind}/test"):
            sources += self._pairs(root, place)
        sources = sources or self._pairs(root, kind)
        if not sources:
            expected = f"'MyDatasets/{kind}' with 'train' or 'test', or '{kind}', with '{self._modality}' and 'MRI'"
            raise wrong_folder(self.card.name, root, expected)
        return sources

    def _pairs(self, root: Path, place: str) -> list[PairSource]:
        mri, tracer = (find_folder(root, f"{place}/{side}") for side in ("MRI", self._modality))
        return find_pairs(mri, tracer) if mri and tracer else []

    def holds(self, split: str, id: str) -> bool:
        """See :meth:`Dataset.holds`."""
        return split == "all" or id not in (self.split_ids("test") or ())
