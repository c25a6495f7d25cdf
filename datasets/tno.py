"""TNO: 235 night-time infrared and visible pairs of four camera systems, stills and sequences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ._acquisition import Archive, Download
from ._dataset import BrokenPair, Dataset, DatasetCard, FilePair, PairSource
from ._images import is_image
from ._layout import wrong_folder
from ._pairing import natural_key

_ARCHIVE = "TNO_Image_Fusion_Dataset"


@dataclass(frozen=True)
class _Rule:
    """How one camera folder names its files.

    ``ir`` and ``vis`` are patterns of paths below the archive, compared without regard to case. Two files are
    a pair when both patterns find the same words, and those words fill in ``id``.
    """

    id: str
    ir: str
    vis: str
    vis_band: int | None = None


_RULES = (
    # The third file of an Athena scene, *_rg or *-rg, is a colour composite of the other two.
    _Rule(
        "Athena/{scene}",
        ir=r"Athena_images/(?P<scene>.+)/(?:IR_[^/]+|IR|2_fk_[^/]+)(?<![-_]rg)\.bmp",
        vis=r"Athena_images/(?P<scene>.+)/(?:VIS_[^/]+|VIS|1_fk_[^/]+|bunker_r)(?<![-_]rg)\.bmp",
    ),
    _Rule(
        "DHV/{scene}",
        ir=r"DHV_images/(?P<scene>[^/]+)/IR_[^/]+\.bmp",
        vis=r"DHV_images/(?P<scene>[^/]+)/VIS_[^/]+\.bmp",
    ),
    # False colour: red is the visible band, green the near infrared, blue is not used.
    _Rule(
        "DHV/Fire/{part}/{frame}",
        ir=r"DHV_images/Fire_sequence/(?P<part>part_\d)/(?:thermal|rad)/RAD(?:heli)?(?P<frame>\d+)\.bmp",
        vis=r"DHV_images/Fire_sequence/(?P<part>part_\d)/dhv/DHV(?:heli)?(?P<frame>\d+)\.bmp",
        vis_band=0,
    ),
    _Rule(
        "FEL/{sequence}/{frame}",
        ir=r"FEL_images/(?P<sequence>[^/]+)_sequence/thermal/(?P<frame>\d+)i\.bmp",
        vis=r"FEL_images/(?P<sequence>[^/]+)_sequence/visual/(?P<frame>\d+)v\.bmp",
    ),
    # Scenes of this camera come with near infrared (NIR), image intensifier (II) and day photographs as well.
    _Rule(
        "Triclobs/{scene}",
        ir=r"Triclobs_images/(?P<scene>[^/]+)/(?:[^/]+_IR|IR\d+|(?:[a-c]_)?LWIR(?:_B|-[^/]+)?)\.(?:bmp|tif)",
        vis=r"Triclobs_images/(?P<scene>[^/]+)/(?:[^/]+_VIS|VIS\d+|(?:[a-c]_)?VIS(?:_R|-[^/]+)?)\.(?:bmp|tif)",
    ),
    _Rule("tank", ir=r"tank/LWIR\.tif", vis=r"tank/VIS\.tif"),
)


class Tno(Dataset):
    """The archive as TNO published it, its pairs found by the naming rules of each camera folder."""

    card = DatasetCard(
        name="tno",
        title="TNO Image Fusion Dataset",
        citation="A. Toet: The TNO Multiband Image Data Collection. Data in Brief 15:249, 2017",
        home="figshare.com, record 1008029",
        licence="free for research and publication with credit to TNO, Soesterberg, and citation",
        folder="TNO",
        pairs=235,
        splits={
            "train": "hifbench's own (the DeRUN paper prints no list): 90 pairs, no view shared with test",
            "test": "hifbench's own: 142 pairs, whole places and whole sequences",
            "all": "every pair found, known-bad ones left out",
        },
        default_split="test",
        excluded={
            "Triclobs/Marne_15": "the two images have unequal sizes (620x460 and 620x450)",
            "Triclobs/Movie_24": "the two images have unequal sizes (619x464 and 640x480)",
            "Triclobs/Movie_14": "its infrared image is that of Triclobs/houses_with_3_men, pixel for pixel",
        },
        quirks=(
            "180 of the 235 pairs are frames of four sequences; only 55 are stills.",
            "The visible image of the Fire sequence is the red channel of a false-colour frame, whose green "
            "is the near infrared; taken as colour, its luminance would be mostly near infrared and its "
            "chroma mean nothing.",
            "Repackaged versions of 25, 38, 40 or 42 pairs hold images that the archive does not have, some "
            "of them a near-infrared image as infrared; their scores do not compare.",
            "Some stills, Nato_camp and Tree look shifted by 4 to 6 pixels in a coarse test.",
            "Farm and tank are the only pairs with a visible image in (weak) colour.",
            "The infrared images of jeep_in_smoke and square_with_houses have hot things dark.",
        ),
        acquisition=Download(
            (Archive("https://figshare.com/ndownloader/files/1475454", md5="1ab9ce3b84dd3e5894630c13abd20953"),),
            stated_by="the package cslib 0.1.0, address and md5",
        ),
    )

    def find(self, root: Path | None, **options: str) -> list[PairSource]:
        """See :meth:`Dataset.find`; ``root`` is the archive or holds it."""
        assert root is not None, "the card names a folder"
        base = root
        while (base / _ARCHIVE).is_dir():
            base = base / _ARCHIVE
        sources = _pairs_below(base)
        if not sources:
            raise wrong_folder(
                "tno",
                base,
                f"pairs in 'Athena_images', 'DHV_images', 'FEL_images', 'Triclobs_images' and 'tank', as {_ARCHIVE} of "
                f"figshare does",
            )
        return sources


def _pairs_below(base: Path) -> list[PairSource]:
    paths = [path for path in sorted(base.rglob("*")) if is_image(path)]
    names = {path.relative_to(base).as_posix(): path for path in paths}
    sources: list[PairSource] = []
    for rule in _RULES:
        infrared, visible = _matches(names, rule.id, rule.ir), _matches(names, rule.id, rule.vis)
        for id in sorted(infrared.keys() & visible.keys(), key=natural_key):
            sources.append(_source(id, infrared[id], visible[id], rule.vis_band))
    return sources


def _matches(names: Mapping[str, Path], id: str, pattern: str) -> dict[str, list[Path]]:
    expression = re.compile(pattern, re.IGNORECASE)
    found: dict[str, list[Path]] = {}
    for name, path in names.items():
        if match := expression.fullmatch(name):
            found.setdefault(id.format(**match.groupdict()), []).append(path)
    return found


def _source(id: str, infrared: list[Path], visible: list[Path], vis_band: int | None) -> PairSource:
    for side in (infrared, visible):
        if len(side) > 1:
            files = " and ".join(map(str, side))
            return BrokenPair(id, side, f"{files} claim one place; keep the one of the official archive")
    return FilePair(id, infrared[0], visible[0], vis_band)


DATASET = Tno()
