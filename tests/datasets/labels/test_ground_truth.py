"""Ground truths of sequences: which line is of which frame, and the forms of a box."""

from __future__ import annotations

from pathlib import Path

import pytest

from hifbench.datasets._labels.ground_truth import GroundTruth
from hifbench.datasets._labels.label import Label
from hifbench.datasets._pair import Box
from hifbench.errors import PairError


def truth(tmp_path: Path, text: str, first: int = 0, every: int = 1) -> GroundTruth:
    (tmp_path / "groundtruth.txt").write_text(text)
    return GroundTruth(tmp_path / "groundtruth.txt", first, every)


def label(found: Label | None) -> Label:
    assert found is not None
    return found


def test_lines_belong_to_frames(tmp_path: Path) -> None:
    sparse = truth(tmp_path, "1 2 3 4\n5 6 7 8\n\n", every=10)
    assert [frame for frame in range(31) if sparse.of(frame)] == [0, 10]
    assert label(sparse.of(10)).read(100, 100).boxes == (Box("target", 5, 6, 12, 14),)
    dense = truth(tmp_path, "1 2 3 4\n5 6 7 8\n", first=1)
    assert [frame for frame in range(5) if dense.of(frame)] == [1, 2]


@pytest.mark.parametrize(
    ("line", "corners"),
    [
        ("10,20,30,40", (10, 20, 40, 60)),
        ("10.5\t20 30  40", (10.5, 20, 40.5, 60)),
        ("10,0,20,10,10,20,0,10", (0, 0, 20, 20)),  # a square on its corner
    ],
)
def test_forms_of_a_box(tmp_path: Path, line: str, corners: tuple[float, ...]) -> None:
    found = label(truth(tmp_path, line).of(0)).read(100, 100)
    assert found.boxes == (Box("target", *corners),)


@pytest.mark.parametrize("line", ["nan,nan,nan,nan", "0 0 0 0", "NaN 1 2 3"])
def test_a_target_that_is_not_to_be_seen(tmp_path: Path, line: str) -> None:
    assert label(truth(tmp_path, line).of(0)).read(100, 100) == ((), 0)


@pytest.mark.parametrize("line", ["1 2 3", "a b c d", "1,2,3,4,5,6", "", "1 2 3 4;5"])
def test_other_lines_are_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(PairError, match=r"groundtruth\.txt, line 2: .* is neither"):
        label(truth(tmp_path, f"1 2 3 4\n{line}\n5 6 7 8").of(1)).read(100, 100)


def test_the_digest_is_of_the_line(tmp_path: Path) -> None:
    before = [label(truth(tmp_path, "1 2 3 4\n5 6 7 8").of(frame)).digest for frame in (0, 1)]
    after = [label(truth(tmp_path, "1 2 3 4\n5 6 7 9").of(frame)).digest for frame in (0, 1)]
    assert before[0] == after[0]
    assert before[1] != after[1]
