"""M3FD: the layouts in circulation, classes by name in both orders of their numbers, the 300 in the 4200."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from layouts import put, voc

from hifbench import datasets
from hifbench.datasets._dataset import PairSequence
from hifbench.datasets._images import image_size
from hifbench.datasets._pair import Box, Pair
from hifbench.datasets._source import FilePair
from hifbench.datasets.m3fd import DATASET
from hifbench.errors import PairError, UsageError


def detection(root: Path, *ids: str) -> Path:
    base = root / "M3FD" / "M3FD_Detection"
    put(base, *(f"Ir/{id}.png" for id in ids), level=9)
    put(base, *(f"Vis/{id}.PNG" for id in ids), mode="RGB")
    return base


def labels_of(pair: Pair) -> list[str]:
    assert pair.boxes is not None
    return [box.label for box in pair.boxes]


def test_detection_pairs_have_boxes_by_name(tmp_path: Path) -> None:
    base = detection(tmp_path, "00000", "00001")
    voc(base / "Annotation/00000.xml", ("Lamp", 1, 2, 30, 40), ("Motorcycle", 0, 0, 70, 48))
    voc(base / "Annotation/00001.XML")
    (base / "Vis/Thumbs.db").write_bytes(b"no image")
    pairs = datasets.load("m3fd", tmp_path)
    assert (pairs.ids, pairs.coverage, pairs.unlisted) == (("00000", "00001"), "2 of 4200", ())
    assert labels_of(pairs[0]) == ["Lamp", "Motorcycle"]
    assert (pairs[0].clipped, pairs[1].boxes, pairs[1].clipped) == (1, (), 0)


def test_an_image_without_its_annotation_is_an_error_of_that_pair(tmp_path: Path) -> None:
    base = detection(tmp_path, "00000", "00001")
    voc(base / "Annotation/00001.xml", ("Tram", 1, 2, 3, 4))
    pairs = datasets.load("m3fd", tmp_path)
    with pytest.raises(PairError, match=r"'00000': no annotation .*00000\.xml"):
        pairs[0]
    with pytest.raises(PairError, match=r"'00001'.*object 1: unknown class 'Tram'; known are People, Car, Bus, Lamp"):
        pairs[1]
    shutil.rmtree(base / "Annotation")
    assert datasets.load("m3fd", tmp_path)[0].boxes is None


def test_the_300_are_the_same_pairs_as_in_the_4200(tmp_path: Path) -> None:
    base = detection(tmp_path, "00000", "00001")
    voc(base / "Annotation/00000.xml", ("Car", 1, 2, 3, 4))
    voc(base / "Annotation/00001.xml")
    put(tmp_path / "M3FD/M3FD_Fusion", "Ir/00000.png", "Vis/00000.png", "Ir/00011.png", "Vis/00011.png")
    fusion = datasets.load("m3fd", tmp_path, "fusion300")
    assert (fusion.ids, fusion.coverage) == (("00000", "00011"), "2 of 300")
    assert labels_of(fusion[0]) == ["Car"]
    assert fusion[1].boxes is None  # nothing is known of it here, and that is no fault
    assert datasets.load("m3fd", tmp_path).ids == ("00000", "00001", "00011")
    listed, everything = (set(DATASET.split_ids(split) or ()) for split in ("fusion300", "all"))
    assert (len(listed), len(everything), listed - everything) == (300, 4200, set())


def test_a_pair_that_is_whole_in_one_folder_is_whole(tmp_path: Path) -> None:
    base = detection(tmp_path, "00000", "00011")
    (base / "Vis/00000.PNG").unlink()
    voc(base / "Annotation/00000.xml", ("Car", 1, 2, 3, 4))
    voc(base / "Annotation/00011.xml")
    put(tmp_path / "M3FD/M3FD_Fusion", "Ir/00000.png", "Vis/00000.png", "Ir/00011.png", "Vis/00061.png")
    put(tmp_path / "M3FD/M3FD_Fusion", "Vis/00011.png", level=80)
    (tmp_path / "M3FD/M3FD_Fusion/Ir/00011.png").unlink()
    pairs = {pair.id: pair for pair in datasets.load("m3fd", tmp_path)[:2]}
    assert labels_of(pairs["00000"]) == ["Car"]
    assert labels_of(pairs["00011"]) == []


def test_two_annotations_of_one_image_are_refused(tmp_path: Path) -> None:
    base = detection(tmp_path, "00000")
    for suffix in ("xml", "XML"):
        voc(base / f"Annotation/00000.{suffix}")
    with pytest.raises(UsageError, match=r"00000\.XML and .*00000\.xml are both the annotation of '00000'; keep one"):
        datasets.load("m3fd", tmp_path)


def tardal(root: Path, text: str) -> Path:
    put(root / "M3FD", "ir/00007.png", "vi/00007.png")
    (root / "M3FD/labels").mkdir()
    (root / "M3FD/labels/00007.txt").write_text(text)
    return root / "M3FD/labels"


def test_numbers_without_a_stated_order_are_refused(tmp_path: Path) -> None:
    folder = tardal(tmp_path, "3 0.5 0.5 0.5 0.5\n4 0.5 0.5 0.1 0.1\n")
    with pytest.raises(
        UsageError, match=r"two orders .* write .*classes\.txt .* or say it for one call: .*options = { class_order"
    ):
        datasets.load("m3fd", tmp_path)
    assert labels_of(datasets.load("m3fd", tmp_path, class_order="tardal")[0]) == ["Lamp", "Motorcycle"]
    assert labels_of(datasets.load("m3fd", tmp_path, class_order="readme")[0]) == ["Motorcycle", "Lamp"]
    with pytest.raises(UsageError, match="no class_order 'coco'; there are tardal, readme"):
        datasets.load("m3fd", tmp_path, class_order="coco")
    (folder / "classes.txt").write_text("People\nCar\nBus\nMotorcycle\nLamp\nTruck\n")
    assert labels_of(datasets.load("m3fd", tmp_path)[0]) == ["Motorcycle", "Lamp"]


def test_another_folder_says_what_is_expected_and_found(tmp_path: Path) -> None:
    (tmp_path / "M3FD/images").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"must hold 'M3FD_Detection' or .*, and it holds 'images'"):
        datasets.load("m3fd", tmp_path)
    with pytest.raises(UsageError, match=r"no folder .*M3FD/M3FD; .* \(give .*\)"):
        datasets.load("m3fd", tmp_path / "M3FD")


def test_a_changed_annotation_is_another_pair(tmp_path: Path) -> None:
    base = detection(tmp_path, "00000")
    voc(base / "Annotation/00000.xml", ("Car", 1, 2, 3, 4))
    before = datasets.load("m3fd", tmp_path).sources[0].digest
    voc(base / "Annotation/00000.xml", ("Bus", 1, 2, 3, 4))
    assert datasets.load("m3fd", tmp_path).sources[0].digest != before


def test_another_order_of_classes_makes_another_pair(tmp_path: Path) -> None:
    folder = tardal(tmp_path, "3 0.5 0.5 0.5 0.5\n")
    digests = set()
    for middle in ("Lamp\nMotorcycle", "Motorcycle\nLamp"):
        (folder / "classes.txt").write_text(f"People\nCar\nBus\n{middle}\nTruck\n")
        pairs = datasets.load("m3fd", tmp_path)
        digests.add((pairs.sources[0].digest, pairs.annotations))
    assert len(digests) == 2
    assert len(set(zip(*digests, strict=True))) == 2


def boxes_of(pairs: PairSequence) -> dict[str, tuple[Box, ...] | None]:
    """Boxes of each pair, its images undecoded."""
    return {
        source.id: source.label.read(*image_size(source.vis)).boxes if source.label else None
        for source in pairs.sources
        if isinstance(source, FilePair)
    }


def test_the_real_sample(shared: Path, tmp_path: Path) -> None:
    pairs = datasets.load("m3fd", shared / "data")
    assert pairs.coverage == "18 of 4200"
    assert datasets.load("m3fd", shared / "data", "fusion300").coverage == "16 of 300"
    by_name = boxes_of(pairs)
    assert [id for id, boxes in by_name.items() if boxes is None] == ["01913", "01929"]
    # The text labels of nine of them come from another edition of the data than the XML.
    (tmp_path / "M3FD").mkdir()
    for name, old in (("ir", "Ir"), ("vi", "Vis"), ("labels", "labels")):
        (tmp_path / "M3FD" / name).symlink_to(shared / "data/M3FD/M3FD_Detection" / old)
    numbered = datasets.load("m3fd", tmp_path, class_order="tardal")
    assert len(numbered) == 16
    for id, theirs in boxes_of(numbered).items():
        ours = by_name[id]
        assert ours is not None
        assert theirs is not None
        assert len(ours) == len(theirs)
        for box in theirs:
            near = min(ours, key=lambda other: abs(other.x0 - box.x0) + abs(other.y1 - box.y1) + abs(other.x1 - box.x1))
            assert near.label == box.label
            assert (near.x0, near.y0, near.x1, near.y1) == pytest.approx((box.x0, box.y0, box.x1, box.y1), abs=1e-3)
