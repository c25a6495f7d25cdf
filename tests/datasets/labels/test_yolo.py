"""YOLO text: parts of the image to pixels, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from hifbench.datasets._labels.yolo import YoloFile, read_classes
from hifbench.errors import PairError, UsageError


def yolo(tmp_path: Path, text: str) -> YoloFile:
    (tmp_path / "1.txt").write_text(text)
    return YoloFile(tmp_path / "1.txt", ["Car", "Lamp"])


def test_centre_and_size_become_corners(tmp_path: Path) -> None:
    found = yolo(tmp_path, "1 0.5 0.25 0.2 0.1\n\n0 0.05 0.5 0.1 1\n").read(200, 100)
    assert [box.label for box in found.boxes] == ["Lamp", "Car"]
    corners = [(box.x0, box.y0, box.x1, box.y1) for box in found.boxes]
    assert corners[0] == pytest.approx((80, 20, 120, 30))
    assert corners[1] == pytest.approx((0, 0, 20, 100))
    assert found.clipped == 0
    assert yolo(tmp_path, "").read(200, 100).boxes == ()


def test_rounding_at_the_border_is_not_counted_and_more_is(tmp_path: Path) -> None:
    found = yolo(tmp_path, "0 0.950001 0.5 0.1 0.5\n0 0.95 0.5 0.2 0.5\n").read(1024, 768)
    assert [box.x1 for box in found.boxes] == [1024, 1024]
    assert found.clipped == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2 0.5 0.5 0.1 0.1", "line 2: unknown class 2; known are 0 Car, 1 Lamp"),
        ("-1 0.5 0.5 0.1 0.1", "unknown class -1"),
        ("0 0.5 0.5 0.1", "is not a class number and four numbers"),
        ("0 0.5 0.5 0.1 0.1 0.9", "is not a class number and four numbers"),
        ("Car 0.5 0.5 0.1 0.1", "is not a class number and four numbers"),
        ("0 1.5 0.5 0.1 0.1", "lies outside the image of 200x100"),
        ("0 0.5 0.5 0 0.1", "has no area"),
        ("0 nan 0.5 0.1 0.1", "is not finite"),
        ("0 0.5 0.5 inf inf", "is not finite"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(PairError, match=message) as caught:
        yolo(tmp_path, f"0 0.5 0.5 0.1 0.1\n{line}\n").read(200, 100)
    assert str(tmp_path / "1.txt") in str(caught.value)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "1.txt").write_bytes(b"\xff\xfe0")
    with pytest.raises(PairError, match="is no text"):
        YoloFile(tmp_path / "1.txt", ["Car"]).read(10, 10)


def test_the_order_that_a_folder_states(tmp_path: Path) -> None:
    assert read_classes(tmp_path, ["Car", "Lamp"]) is None
    (tmp_path / "classes.txt").write_text("Lamp\n Car \n\n")
    assert read_classes(tmp_path, ["Car", "Lamp"]) == ("Lamp", "Car")
    (tmp_path / "classes.txt").write_text("Lamp\ncar\n")
    with pytest.raises(UsageError, match=r"classes\.txt names Lamp, car; it must name Car, Lamp"):
        read_classes(tmp_path, ["Car", "Lamp"])


def test_other_classes_make_another_digest_which_is_read_once(tmp_path: Path) -> None:
    before = yolo(tmp_path, "0 0.5 0.5 0.1 0.1")
    first = before.digest
    assert first == YoloFile(tmp_path / "1.txt", ["Car", "Lamp"]).digest
    assert first != YoloFile(tmp_path / "1.txt", ["Lamp", "Car"]).digest
    assert first != yolo(tmp_path, "1 0.5 0.5 0.1 0.1").digest
    (tmp_path / "1.txt").unlink()
    assert before.digest == first
