"""GFP and phase contrast: plant cells in green fluorescence and in transmitted light."""

from __future__ import annotations

from pathlib import Path

from ._acquisition import Manual
from ._dataset import Dataset, DatasetCard, PairSource
from ._layout import find_folder, wrong_folder
from ._pairing import find_pairs


class GfpPc(Dataset):
    """Files ``Test_pci/PCI_<n>.bmp`` and ``Test_gfp/GFP_<n>.bmp``; ids are the numbers."""

    card = DatasetCard(
        name="gfp-pc",
        title="GFP and phase contrast of Arabidopsis cells",
        citation="O. A. Koroleva, M. L. Tomlinson, D. Leader, P. Shaw, J. H. Doonan: High-throughput protein "
        "localization in Arabidopsis using Agrobacterium-mediated transient expression of GFP-ORF fusions. The Plant "
        "Journal, 2005",
        home="github.com/yuliu316316/DPCN-Fusion has five pairs; the John Innes Centre's full set was not found",
        licence="none stated for the images; the repository's code: research purposes only",
        folder="GFP-PC",
        pairs=None,
        splits={"all": "every pair found"},
        default_split="all",
        quirks=(
            "The role 'ir' is phase contrast (grey), the role 'vis' the green fluorescence (colour).",
            "The full set is commonly said to have 148 pairs of 358x358; that number was not checked.",
        ),
        acquisition=Manual(
            (
                "Get github.com/yuliu316316/DPCN-Fusion at commit 7d7c316cbd12456e27b48a2bb62c6d55330d3e3f, which has "
                "five pairs.",
                "Copy its folders Test_pci and Test_gfp.",
            ),
            ("Test_pci/PCI_<n>.bmp", "Test_gfp/GFP_<n>.bmp"),
        ),
    )

    def find(self, root: Path | None, **options: str) -> list[PairSource]:
        """See :meth:`Dataset.find`; an image without its partner is a pair in error."""
        assert root is not None, "the card names a folder"
        phase, fluorescence = find_folder(root, "Test_pci"), find_folder(root, "Test_gfp")
        if phase is None or fluorescence is None:
            expected = "'Test_pci' with PCI_001.bmp and so on, and 'Test_gfp' with GFP_001.bmp"
            raise wrong_folder("gfp-pc", root, expected)
        return find_pairs(phase / "PCI_*", fluorescence / "GFP_*")


DATASET = GfpPc()
