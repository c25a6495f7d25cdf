"""Folders found in any case, and what a folder holds in words."""

from __future__ import annotations

from pathlib import Path

from hifbench.datasets._layout import contents, find_folder, first_folder


def test_names_are_found_in_any_case(tmp_path: Path) -> None:
    (tmp_path / "M3FD_detection/IR").mkdir(parents=True)
    (tmp_path / "vis").touch()
    assert find_folder(tmp_path, "M3FD_Detection/Ir") == tmp_path / "M3FD_detection/IR"
    assert find_folder(tmp_path, "Vis") is None  # a file
    assert first_folder(tmp_path, ["vis", "nothing", "m3fd_DETECTION"]) == tmp_path / "M3FD_detection"


def test_contents_in_words(tmp_path: Path) -> None:
    assert contents(tmp_path) == "it is empty"
    assert contents(tmp_path / "x") == "it is not there"
    for name in "abcdefgh":
        (tmp_path / name).touch()
    assert contents(tmp_path) == "it holds 'a', 'b', 'c', 'd', 'e', 'f' and 2 more"
