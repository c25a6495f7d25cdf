"""GFP and phase contrast: files by number, phase contrast in the infrared's role."""

from __future__ import annotations

from pathlib import Path

import pytest
from layouts import put

from hifbench import datasets
from hifbench.errors import UsageError


def test_files_are_matched_by_number(tmp_path: Path) -> None:
    put(tmp_path / "GFP-PC", "Test_pci/PCI_010.bmp", "Test_pci/PCI_002.bmp", level=7)
    put(tmp_path / "GFP-PC", "Test_gfp/GFP_002.bmp", "Test_gfp/GFP_010.BMP", mode="RGB", level=99)
    pairs = datasets.load("gfp-pc", tmp_path)
    assert (pairs.ids, pairs.coverage) == (("002", "010"), "2 of 2")
    assert pairs[1].ir[0, 0].item() == pytest.approx(7 / 255)
    assert pairs[1].vis.ndim == 3


def test_another_folder_says_what_is_expected_and_found(tmp_path: Path) -> None:
    (tmp_path / "GFP-PC/GFP").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"must hold 'Test_pci'.* it holds 'GFP'"):
        datasets.load("gfp-pc", tmp_path)


def test_the_real_sample(shared: Path) -> None:
    pairs = datasets.load("gfp-pc", shared / "data")
    assert pairs.coverage == "5 of 5"
    assert {(tuple(pair.ir.shape), tuple(pair.vis.shape)) for pair in pairs} == {((358, 358), (358, 358, 3))}
    green = sum(pair.vis.mean(dim=(0, 1)) for pair in pairs)
    assert int(green.argmax()) == 1
