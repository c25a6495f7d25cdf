"""VOC XML: what is read, and what is refused with the file and the object in the message."""

from __future__ import annotations

from pathlib import Path

import pytest

from hifbench.datasets._labels.voc import VocFile
from hifbench.datasets._pair import Box
from hifbench.errors import PairError

OBJECT = "<object><name>{}</name><bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax><ymax>{}</ymax></bndbox></object>"


def annotation(*objects: tuple[object, ...], size: str = "") -> str:
    return f"<annotation>{size}{''.join(OBJECT.format(*each) for each in objects)}</annotation>"


def voc(tmp_path: Path, text: str) -> VocFile:
    path = tmp_path / "1.xml"
    path.write_text(text, encoding="utf-8")
    return VocFile(path, ["Car", "Lamp"])


def test_corners_are_taken_as_written(tmp_path: Path) -> None:
    found = voc(tmp_path, annotation(("Car", 1, 2, 30, 40), (" Lamp\n", 5.5, 0, 100, 80))).read(100, 80)
    assert found.boxes == (Box("Car", 1, 2, 30, 40), Box("Lamp", 5.5, 0, 100, 80))
    assert found.clipped == 0
    assert voc(tmp_path, annotation()).read(100, 80).boxes == ()


def test_a_box_over_the_border_is_cut_and_counted(tmp_path: Path) -> None:
    found = voc(tmp_path, annotation(("Car", -3, 2, 30, 81), ("Car", 0, 0, 100.005, 80))).read(100, 80)
    assert found.boxes == (Box("Car", 0, 2, 30, 80), Box("Car", 0, 0, 100, 80))
    assert found.clipped == 1  # a hundredth of a pixel is rounding


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (annotation(("Car", 1, 1, 2, 2), ("car", 1, 2, 3, 4)), r"object 2: unknown class 'car'; known are Car, Lamp"),
        (annotation(("Car", 100, 2, 130, 40)), r"object 1 \('Car'\): its box \(100, 2\)-\(130, 40\) lies outside"),
        (annotation(("Car", 30, 2, 30, 40)), "has no area"),
        (annotation(("Car", "nan", 2, 30, 40)), "is not finite"),
        (annotation(("Car", 1, 2, "inf", 40)), "is not finite"),
        (annotation(("Car", "", 2, 30, 40)), "object 1: four numbers are needed.*xmin ''"),
        ("<annotation><object><name>Car</name></object></annotation>", "xmin None"),
        (annotation(size="<size><width>90</width><height>80</height></size>"), "of an image of 90x80 pixels.*100x80"),
        ("<annotation>", "is no XML"),
        ("", "is no XML"),
        ("<html/>", "its root is <html>"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(PairError, match=message) as caught:
        voc(tmp_path, text).read(100, 80)
    assert str(tmp_path / "1.xml") in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a SYSTEM "http://example.org/a.dtd">',
    ],
)
def test_entities_and_document_types_are_refused(tmp_path: Path, head: str) -> None:
    with pytest.raises(PairError, match=r"1\.xml declares entities or a document type"):
        voc(tmp_path, head + annotation(("Car", 1, 2, 3, 4))).read(100, 80)


def test_a_missing_and_an_enormous_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PairError, match=r"no annotation .*2\.xml"):
        VocFile(tmp_path / "2.xml", ["Car"]).read(100, 80)
    with pytest.raises(PairError, match="over 4 MB"):
        voc(tmp_path, annotation() + " " * (1 << 22)).read(100, 80)


def test_sizes_of_nothing_are_no_sizes(tmp_path: Path) -> None:
    for size in ("<size><width>0</width><height>0</height></size>", "<size/>"):
        assert voc(tmp_path, annotation(("Car", 1, 2, 3, 4), size=size)).read(100, 80).boxes
