"""``data verify`` without a manifest: counts, annotations, folders that are something else."""

from __future__ import annotations

from pathlib import Path

from layouts import put, voc


def test_pairs_and_annotations_are_counted(hifbench, tmp_path: Path) -> None:
    base = tmp_path / "data/LLVIP"
    put(base, "infrared/test/190001.jpg", "infrared/test/190002.jpg", "visible/test/190001.jpg", level=3)
    voc(base / "Annotations/190001.xml", ("person", 3, 4, 65, 40))
    voc(base / "Annotations/190003.xml", ("person", 3, 4, 20, 40))
    done = hifbench("data", "verify", "llvip", "--data", tmp_path / "data")
    assert done.status == 1
    assert "llvip: no manifest.json; 1 pairs found, the full data set has 15488" in done.err
    assert "pair 'test/190002'" in done.err
    assert "1 of 2 pairs annotated, 1 boxes, 1 of them cut at the border (1 person)" in done.err
    assert f"annotation without an image: {base / 'Annotations/190003.xml'}" in done.err


def test_a_wrong_folder_does_not_hide_the_others(hifbench, tmp_path: Path) -> None:
    (tmp_path / "data/GFP-PC/else").mkdir(parents=True)
    put(tmp_path / "data/VTUAV/a", "rgb/000000.jpg", "ir/000000.jpg")
    done = hifbench("data", "verify", "--data", tmp_path / "data")
    assert done.status == 1
    assert "data set 'gfp-pc'" in done.err
    assert "it holds 'else'" in done.err
    assert "vtuav: no manifest.json; 1 pairs found, how many the full data set has is not known" in done.err
