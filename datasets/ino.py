"""INO Video Analytics: nine scenes filmed side by side in thermal and visible light, every 30th frame a pair."""

from __future__ import annotations

import re
from pathlib import Path

from ..errors import PairError, UsageError
from ._acquisition import Archive, Download
from ._dataset import BrokenPair, Dataset, DatasetCard, PairSource
from ._layout import wrong_folder
from ._video import Video, VideoPair

_EVERY = 30
_NAME = re.compile(r"(?P<stem>.+)_(?P<side>RGB|T)\.avi", re.IGNORECASE)

_MEDIA = "https://inostorage.blob.core.windows.net/media"
_SCENES = {
    "2518/ino_treesandrunner": "d9fff5d4f4a982b8a2ea147c363fc62f",
    "2517/ino_visitorparking": "e1d9606f24ba421fc61194184b8800d2",
    "2519/ino_parkingevening": "a8010c369b174d7231734ba9e5a6dd46",
    "1551/ino_closeperson": "99aac2b32d35db80000e78dcfb50c5bd",
    "1552/ino_coatdeposit": "04f7c4bda7605639fbd321c4a44a411b",
    "1554/ino_multipledeposit": "86e61100abcc96cfdf31e02d4a4eb418",
    "1550/ino_backyardrunner": "f3611ed4bc5484807b3e3f9566f4c837",
    "1553/ino_groupfight": "a9e289258592dd19d0ee7a80ddaea3fc",
    "1555/ino_parkingsnow": "81e2df675174a299b030d1977869c442",
}
"""Archive of each scene with a thermal video -> its md5."""


class Ino(Dataset):
    """Videos ``<scene>/<name>_T.avi`` and ``<name>_RGB.avi``, at any depth; ids are ``<scene>/<frame>``."""

    card = DatasetCard(
        name="ino",
        title="INO Video Analytics Dataset",
        citation="INO's Video Analytics Dataset, www.ino.ca",
        home="www.ino.ca/en/technologies/video-analytics-dataset",
        licence="free for research with attribution to 'INO's Video Analytics Dataset', as others report the terms",
        folder="INO",
        pairs=409,
        splits={"all": f"hifbench's own rule, as no paper prints a list: frames 0, {_EVERY}, {2 * _EVERY}... of each"},
        default_split="all",
        quirks=(
            "Needs PyAV: pip install 'hifbench[video]'.",
            f"The 409 pairs are every {_EVERY}th frame of nine scenes with 12144 frames, as others count them; with "
            "another 'every' there are others.",
            "Frames are compressed: another version of the decoder may give other values in the last digit.",
            "Where the two videos differ in length, the longer one's end is not used.",
        ),
        options={"every": f"frames from one pair to the next; {_EVERY} when not given"},
        acquisition=Download(
            tuple(Archive(f"{_MEDIA}/{scene}.zip", md5=md5) for scene, md5 in _SCENES.items()),
            stated_by="the package cslib 0.1.0, addresses and md5",
        ),
    )

    def find(self, root: Path | None, **options: str) -> list[PairSource]:
        """See :meth:`Dataset.find`; a video without its partner is not used, as some scenes have no thermal one.

        A video that cannot be read makes its scene a pair in error.
        """
        assert root is not None, "the card names a folder"
        every = _whole_number(options.get("every", str(_EVERY)))
        videos: dict[tuple[Path, str], dict[str, Path]] = {}
        for path in sorted(root.rglob("*")):
            if path.is_file() and (match := _NAME.fullmatch(path.name)):
                videos.setdefault((path.parent, match["stem"]), {})[match["side"].upper()] = path
        sources: list[PairSource] = []
        for (folder, stem), sides in videos.items():
            if sides.keys() != {"T", "RGB"}:
                continue
            ir, vis = Video(sides["T"]), Video(sides["RGB"])
            scene = stem if folder == root else folder.name
            try:
                frames = range(0, min(ir.length, vis.length), every)
            except PairError as error:  # one bad scene is to hide no other
                sources.append(BrokenPair(scene, [ir.path, vis.path], str(error)))
                continue
            sources += [VideoPair(f"{scene}/{number:04d}", ir, vis, number) for number in frames]
        if not sources:
            raise wrong_folder("ino", root, "folders with videos <name>_T.avi and <name>_RGB.avi")
        return sources


def _whole_number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"data set 'ino': every = '{text}' is no whole number above 0; give one, such as {_EVERY}")
    return int(text)


DATASET = Ino()
