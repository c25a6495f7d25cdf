"""Annotations held against images: unusable ones, those without an image, and what all hold."""

from __future__ import annotations

from pathlib import Path

from layouts import put, voc

from hifbench import datasets
from hifbench.datasets._labels.audit import Audit, audit


def test_everything_is_counted(tmp_path: Path) -> None:
    base = tmp_path / "M3FD"
    put(base, *(f"{side}/{id:05d}.png" for side in ("ir", "vi") for id in range(5)))
    folder = base / "Annotation"
    voc(folder / "00000.xml", ("Car", 1, 2, 30, 40), ("Bus", 1, 2, 30, 49))
    voc(folder / "00001.xml", ("Car", 64, 2, 90, 40))
    voc(folder / "00002.xml")
    voc(folder / "00003.xml", ("Car", 1, 2, 3, 4))
    (base / "vi/00003.png").write_bytes(b"no image")
    voc(folder / "09999.XML", ("Car", 1, 2, 3, 4))
    found = audit(datasets.load("m3fd", tmp_path).sources)
    orphans = (folder / "00003.xml", folder / "09999.XML")  # the first one's image is none
    assert found == Audit(2, {"Car": 1, "Bus": 1}, 1, orphans, found.faults)
    outside, missing = found.faults
    assert "'00001'" in outside
    assert "lies outside" in outside
    assert "no annotation" in missing


def test_without_annotations_there_is_nothing_to_say(tmp_path: Path) -> None:
    put(tmp_path / "M3FD", "ir/00000.png", "vi/00000.png")
    assert audit(datasets.load("m3fd", tmp_path).sources) == Audit(0, {}, 0, (), ())
