"""VOT-RGBT2019: frames counted from one, a rotated box a line."""

from __future__ import annotations

from pathlib import Path

from layouts import put

from hifbench import datasets
from hifbench.datasets._pair import Box


def test_frames_are_pairs_with_upright_boxes(tmp_path: Path) -> None:
    base = tmp_path / "VOT-RGBT2019" / "baginhand"
    frames = [f"{number:08d}.jpg" for number in (1, 2, 3)]
    put(base, *(f"color/{frame}" for frame in frames), mode="RGB", level=60)
    put(base, *(f"ir/{frame}" for frame in frames))
    (base / "groundtruth.txt").write_text("10,5,20,15,10,25,0,15\nnan,nan,nan,nan\n")
    pairs = datasets.load("vot-rgbt", tmp_path)
    assert pairs.ids == tuple(f"baginhand/{number:08d}" for number in (1, 2, 3))
    assert [pair.boxes for pair in pairs] == [(Box("target", 0, 5, 20, 25),), (), None]
