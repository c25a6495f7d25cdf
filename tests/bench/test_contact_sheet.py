"""Contact sheets: images where they belong, boxes at their pixels, errors in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from layouts import put, voc
from PIL import Image

from hifbench import datasets
from hifbench.bench.contact_sheet import contact_sheet


@pytest.fixture
def root(tmp_path: Path) -> Path:
    base = tmp_path / "data" / "M3FD"
    put(base, "ir/00000.png", "ir/00001.png", size=(100, 80), level=50)
    put(base, "vi/00000.png", "vi/00001.png", size=(100, 80), level=150)
    voc(base / "Annotation/00000.xml", ("People", 20, 30, 60, 70))
    voc(base / "Annotation/00001.xml", ("Tram", 1, 2, 3, 4))
    return tmp_path / "data"


def test_a_box_is_drawn_on_both_images_at_its_pixels(root: Path) -> None:
    sheet = contact_sheet(datasets.load("m3fd", root).first(1))[0].numpy()
    top = 6 + 19
    for left, level in ((6, 50), (6 + 640 + 6, 150)):
        image = sheet[:, top : top + 80, left : left + 100]
        grey = (image == level).all(axis=0)
        below = ~grey[32:]  # the class name is above the box
        assert grey[36:64, 26:54].all()  # nothing is drawn inside
        rows, columns = np.nonzero(below)
        assert (rows.max() + 32, columns.min(), columns.max()) == (69, 20, 59)
        assert tuple(image[:, 69, 40]) == tuple(image[:, 50, 20]) == (255, 60, 60)


def test_large_images_are_made_smaller_and_errors_are_said(root: Path) -> None:
    put(root / "M3FD", "ir/00002.png", "vi/00002.png", size=(1280, 640))
    voc(root / "M3FD/Annotation/00002.xml")
    pairs = datasets.load("m3fd", root)
    heights = [contact_sheet(pairs[index : index + 1])[0].shape[1] for index in range(3)]
    assert (heights[0], heights[2]) == (6 + 19 + 80 + 6, 6 + 19 + 320 + 6)
    assert heights[1] < heights[0]
    assert contact_sheet(pairs)[0].shape == (3, sum(heights) - 2 * 6, 2 * 640 + 3 * 6)
    wrong = contact_sheet(pairs[1:2])[0].numpy()
    assert ((wrong[0] > 160) & (wrong[1] < 10)).any()  # red letters


def test_lines_keep_their_width_where_the_sheet_shows_an_image_smaller(root: Path) -> None:
    put(root / "M3FD", "ir/00002.png", "vi/00002.png", size=(1280, 640), level=50)
    voc(root / "M3FD/Annotation/00002.xml", ("People", 200, 200, 600, 600))
    sheet = contact_sheet(datasets.load("m3fd", root)[2:])[0].numpy()[:, 6 + 19 :, 6 : 6 + 640]
    red = (sheet == np.array([255, 60, 60], np.uint8)[:, None, None]).all(0)
    assert np.flatnonzero(red[200, :]).tolist() == [100, 101, 298, 299]


def test_data_show(hifbench, root: Path) -> None:
    done = hifbench("data", "show", "m3fd", "--data", root, "--out", "sheet.png", "--pairs", "00001,00000")
    assert done.status == 1  # one of them has a wrong annotation
    assert "failed: pair '00001': " in done.err
    assert "unknown class 'Tram'" in done.err
    assert "1 of 2 pairs of m3fd/all in sheet.png" in done.err
    drawn = np.asarray(Image.open("sheet.png"))
    picked = contact_sheet(datasets.load("m3fd", root).pick([1, 0]))[0].permute(1, 2, 0).numpy()
    assert np.array_equal(drawn, picked)
    done = hifbench("data", "show", "m3fd", "--data", root, "--out", "sheet.png", "--pairs", "00000")
    assert done.status == 0
    assert "1 pairs of m3fd/all in sheet.png" in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--pairs", "7"], "m3fd/all has no pair '7' here; its first is '00000'"),
        (["--pairs", "00000", "--first", "2"], "exclude each other"),
        (["--first", "0"], "--first"),
        (["--out", "sheet.jpg"], "as PNG"),
        (["--set", "class_order=coco"], "no class_order 'coco'"),
        (["--set", "order=coco"], "no option 'order'; did you mean 'class_order'"),
        (["--split", "test"], "no split 'test'"),
    ],
)
def test_data_show_wrong_calls(hifbench, root: Path, arguments: list[str], message: str) -> None:
    done = hifbench("data", "show", "m3fd", "--data", root, "--out", "sheet.png", *arguments)
    assert done.status == 2
    assert message in done.err
