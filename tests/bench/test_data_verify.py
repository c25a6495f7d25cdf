"""``data verify`` without a manifest: counts, annotations, folders that are something else."""

from __future__ import annotations

import hashlib
from pathlib import Path

from layouts import put, voc

from hifbench.datasets._manifest import FileEntry, write


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
    assert f"annotation without a usable pair: {base / 'Annotations/190003.xml'}" in done.err


def test_only_what_can_be_used_is_counted_as_annotated(hifbench, tmp_path: Path) -> None:
    base = tmp_path / "data/M3FD"
    put(base, *(f"{side}/{id:05d}.png" for side in ("ir", "vi") for id in range(4)))
    for id in range(4):
        voc(base / f"Annotation/{id:05d}.xml", ("Car", 1, 2, 30, 40))
    (base / "Annotation/00001.xml").write_text("<annotation>")
    (base / "ir/00002.png").write_bytes(b"no image")
    (base / "vi/00003.png").unlink()
    done = hifbench("data", "verify", "m3fd", "--data", tmp_path / "data")
    assert done.status == 1
    assert "m3fd: no manifest.json; 2 pairs found, the full data set has 4200" in done.err
    assert "1 of 4 pairs annotated, 1 boxes (1 Car); 1 unusable, 2 without a usable pair" in done.err
    for id in (2, 3):
        assert f"annotation without a usable pair: {base}/Annotation/0000{id}.xml" in done.err


def test_a_bad_manifest_does_not_hide_the_others(hifbench, tmp_path: Path) -> None:
    put(tmp_path / "data/M3FD", "ir/00000.png", "vi/00000.png")
    (tmp_path / "data/M3FD/manifest.json").write_text("{")
    put(tmp_path / "data/VTUAV/a", "rgb/000000.jpg", "ir/000000.jpg")
    done = hifbench("data", "verify", "--data", tmp_path / "data")
    assert done.status == 1
    assert f"m3fd: {tmp_path}/data/M3FD/manifest.json is no manifest" in done.err
    assert "m3fd: 1 pairs found, the full data set has 4200" in done.err
    assert "vtuav: no manifest.json; 1 pairs found" in done.err


def test_a_copy_of_a_part_is_said_to_be_that(hifbench, tmp_path: Path) -> None:
    base = tmp_path / "data/VTUAV/a"
    put(base, "rgb/000000.jpg", "ir/000000.jpg")
    base = tmp_path / "data/M3FD"
    put(base, *(f"{side}/{id:05d}.png" for side in ("ir", "vi") for id in range(2)))
    listed = [base / f"{side}/00000.png" for side in ("ir", "vi")]
    entries = [
        FileEntry(path.relative_to(base).as_posix(), path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in listed
    ]
    write(base, entries, {})
    done = hifbench("data", "verify", "m3fd", "--data", tmp_path / "data")
    assert done.status == 0, done.err
    assert "m3fd: 2 files in manifest.json, as it says; 2 images are not in it and were not compared" in done.err
    assert "m3fd: 2 pairs found, the full data set has 4200; this copy is a part of it" in done.err


def test_status_counts_pairs_that_can_be_used(hifbench, tmp_path: Path) -> None:
    base = tmp_path / "data/LLVIP"
    names = ("190001", "190002", "190003", "190004")
    put(base, *(f"{side}/test/{name}.jpg" for side in ("infrared", "visible") for name in names))
    put(base, "visible/test/190002.jpg", size=(64, 50))
    (base / "visible/test/190003.jpg").write_bytes(b"")
    (base / "infrared/test/190004.jpg").unlink()
    done = hifbench("data", "status", "llvip", "--data", tmp_path / "data")
    assert done.status == 0
    assert "test (default): 1 of 3463 pairs; 3 more cannot be used" in done.out
    assert f"cannot be used: test/190002: sizes differ, 64x48 in {base}/infrared/test/190002.jpg" in done.out
    assert f"cannot be used: test/190003: cannot read {base}/visible/test/190003.jpg" in done.out
    assert "cannot be used: test/190004" in done.out


def test_status_parts_data_sets_and_leaves_out_the_user_s_own(hifbench, tmp_path: Path) -> None:
    done = hifbench("data", "status", "--data", tmp_path)
    assert "\n\ntno: " in done.out
    assert "folder: " not in done.out
    assert "not usable" in hifbench("data", "status", "folder", "--data", tmp_path).out


def test_a_wrong_folder_does_not_hide_the_others(hifbench, tmp_path: Path) -> None:
    (tmp_path / "data/GFP-PC/else").mkdir(parents=True)
    put(tmp_path / "data/VTUAV/a", "rgb/000000.jpg", "ir/000000.jpg")
    done = hifbench("data", "verify", "--data", tmp_path / "data")
    assert done.status == 1
    assert "data set 'gfp-pc'" in done.err
    assert "it holds 'else'" in done.err
    assert "vtuav: no manifest.json; 1 pairs found, how many the full data set has is not known" in done.err
