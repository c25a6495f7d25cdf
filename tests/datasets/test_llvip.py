"""LLVIP: two splits by folder, one flat folder of annotations, boxes as in the COCO edition."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from layouts import put, voc

from hifbench import datasets
from hifbench.errors import PairError, UsageError


def make(root: Path) -> Path:
    base = root / "LLVIP"
    for split, ids in (("train", ["010001"]), ("test", ["190001", "190002"])):
        put(base, *(f"infrared/{split}/{id}.jpg" for id in ids), level=5)
        put(base, *(f"visible/{split}/{id}.JPG" for id in ids), mode="RGB", level=90)
    for id in ("010001", "190001"):
        voc(base / f"Annotations/{id}.xml", ("person", 3, 4, 20, 40))
    return base


def test_splits_are_folders_and_annotations_are_flat(tmp_path: Path) -> None:
    make(tmp_path)
    test, train = datasets.load("llvip", tmp_path), datasets.load("llvip", tmp_path, "train")
    assert (test.ids, test.coverage) == (("test/190001", "test/190002"), "2 of 3463")
    assert (train.ids, train.coverage) == (("train/010001",), "1 of 12025")
    box = (train[0].boxes or ())[0]
    assert (box.label, box.x0, box.y0, box.x1, box.y1) == ("person", 3, 4, 20, 40)
    with pytest.raises(PairError, match=r"'test/190002': no annotation .*190002\.xml"):
        test[1]


def test_the_edition_of_the_annotations_is_recorded(hifbench, tmp_path: Path) -> None:
    base = make(tmp_path)
    voc(base / "Annotations/190002.xml")
    before = datasets.load("llvip", tmp_path).annotations
    voc(base / "Annotations/190002.xml", ("person", 1, 2, 3, 4))
    after = datasets.load("llvip", tmp_path).annotations
    assert before != after is not None
    Path("own.toml").write_text('title = "T"\nmethods = ["average"]\nmetrics = ["EN"]\n[[datasets]]\nname = "llvip"\n')
    assert hifbench("run", "own.toml", "--data", tmp_path, "--out", "run").status == 0
    plan = json.loads(Path("run/plan.json").read_text())
    assert plan["datasets"]["llvip/test"]["annotations"] == after
    for file in base.glob("Annotations/*"):
        file.unlink()
    (base / "Annotations").rmdir()
    assert datasets.load("llvip", tmp_path).annotations is None


def test_one_split_alone_is_a_partial_copy(tmp_path: Path) -> None:
    put(tmp_path / "LLVIP", "infrared/test/190001.jpg", "visible/test/190001.jpg")
    assert datasets.load("llvip", tmp_path)[0].boxes is None
    with pytest.raises(UsageError, match="split 'train': none of its 12025 pairs"):
        datasets.load("llvip", tmp_path, "train")


def test_another_folder_says_what_is_expected_and_found(tmp_path: Path) -> None:
    put(tmp_path / "LLVIP", "ir/190001.jpg")
    with pytest.raises(UsageError, match=r"must hold 'infrared' and 'visible'.* it holds 'ir'"):
        datasets.load("llvip", tmp_path)


def test_the_real_sample_has_the_boxes_of_the_coco_edition(shared: Path) -> None:
    train, test = (datasets.load("llvip", shared / "data", split) for split in ("train", "test"))
    assert (train.coverage, test.coverage) == ("9 of 12025", "15 of 3463")
    coco = json.loads((shared / "data/LLVIP/extra/LLVIP_test_subset_coco.json").read_text())
    expected: dict[str, list[tuple[float, ...]]] = {}
    names = {image["id"]: Path(image["file_name"]).stem for image in coco["images"]}
    for box in coco["annotations"]:
        x, y, width, height = box["bbox"]
        expected.setdefault(f"test/{names[box['image_id']]}", []).append((x, y, x + width, y + height))
    for pair in test:
        assert pair.boxes is not None
        assert sorted((box.x0, box.y0, box.x1, box.y1) for box in pair.boxes) == sorted(expected.pop(pair.id))
        assert {box.label for box in pair.boxes} == {"person"}
        assert pair.ir.ndim == 2
    assert not expected
    assert sum(len(pair.boxes or ()) for pair in train) == 45
