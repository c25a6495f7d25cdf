"""VTUAV: frames of sequences as pairs, a box for every tenth."""

from __future__ import annotations

from pathlib import Path

import pytest
from layouts import put

from hifbench import datasets
from hifbench.datasets._pair import Box
from hifbench.errors import PairError, UsageError


def test_frames_are_pairs_and_every_tenth_has_a_box(tmp_path: Path) -> None:
    base = tmp_path / "VTUAV"
    for sequence, ir in (("bus_10", "ir_gray"), ("bus_2", "ir")):
        frames = [f"{number:06d}.jpg" for number in (0, 9, 10, 11)]
        put(base / sequence, *(f"rgb/{frame}" for frame in frames), mode="RGB", level=60)
        put(base / sequence, *(f"{ir}/{frame}" for frame in frames))
    (base / "bus_2/rgb.txt").write_text("1 2 3 4\n5 6 7 8\n9 10 11 12\n")
    pairs = datasets.load("vtuav", tmp_path)
    assert pairs.ids[:5] == ("bus_2/000000", "bus_2/000009", "bus_2/000010", "bus_2/000011", "bus_10/000000")
    found = {pair.id: pair.boxes for pair in pairs}
    assert found["bus_2/000000"] == (Box("target", 1, 2, 4, 6),)
    assert found["bus_2/000010"] == (Box("target", 5, 6, 12, 14),)
    assert found["bus_2/000009"] is found["bus_10/000000"] is None


def test_half_a_sequence_is_an_error_of_its_own(tmp_path: Path) -> None:
    base = tmp_path / "VTUAV"
    put(base, "a/rgb/000000.jpg", "b/rgb/000000.jpg", "b/ir/000000.jpg")
    pairs = datasets.load("vtuav", tmp_path)
    assert pairs.ids == ("a", "b/000000")
    with pytest.raises(PairError, match=r"'a': .* has no folder ir_gray or ir"):
        pairs[0]


@pytest.mark.parametrize(
    ("frame", "said"), [(None, "ir: no image in"), ("000009.jpg", "no image has its partner"), ("000000.png", "both")]
)
def test_a_sequence_without_pairs_hides_no_other(tmp_path: Path, frame: str | None, said: str) -> None:
    base = tmp_path / "VTUAV"
    put(base, "a/rgb/000000.jpg", "a/ir/000000.jpg", "b/rgb/000000.jpg")
    (base / "b/ir").mkdir()
    if frame:
        put(base, f"b/ir/{frame}", *([] if said != "both" else ["b/ir/000000.jpg"]))
    pairs = datasets.load("vtuav", tmp_path)
    assert pairs.ids == ("a/000000", "b")
    with pytest.raises(PairError, match=rf"'b': .*{said}"):
        pairs[1]


def test_another_folder_says_what_is_expected_and_found(tmp_path: Path) -> None:
    (tmp_path / "VTUAV/a/visible").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"a folder per sequence, with 'rgb' and 'ir_gray or ir'.* it holds 'a'"):
        datasets.load("vtuav", tmp_path)


def test_the_real_sample(shared: Path) -> None:
    pairs = datasets.load("vtuav", shared / "data")
    assert len(pairs) == 21
    lines = (shared / "data/VTUAV/bus1_sample/rgb.txt").read_text().splitlines()
    for index in (0, 1, 10, 20):
        x, y, width, height = map(float, lines[index // 10].split())
        boxes = (Box("target", x, y, x + width, y + height),)
        assert pairs[index].boxes == (boxes if index % 10 == 0 else None)
