"""INO Video Analytics: nine scenes filmed side by side in thermal and visible light, every 30th frame a pair."""

from __future__ import annotations

import re
from pathlib import Path

from ..errors import UsageError
from ._dataset import Dataset, DatasetCard, PairSource
from ._layout import wrong_folder
from ._video import Video, VideoPair

_EVERY = 30
_NAME = re.compile(r"(?P<stem>.+)_(?P<side>RGB|T)\.avi", re.IGNORECASE)


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
    )

    def find(self, root: Path | None, **options: str) -> list[PairSource]:
        """See :meth:`Dataset.find`; a video without its partner is not used, as some scenes have no thermal one."""
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
            frames = range(0, min(ir.length, vis.length), every)
            sources += [VideoPair(f"{scene}/{number:04d}", ir, vis, number) for number in frames]
        if not sources:
            raise wrong_folder("ino", root, "folders with videos <name>_T.avi and <name>_RGB.avi")
        return sources


def _whole_number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"data set 'ino': every = '{text}' is no whole number above 0; give one, such as {_EVERY}")
    return int(text)


DATASET = Ino()
