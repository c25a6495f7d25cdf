"""MSRS: two splits by folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from layouts import put

from hifbench import datasets
from hifbench.errors import PairError, UsageError


def test_splits_are_folders(tmp_path: Path) -> None:
    put(tmp_path / "MSRS", "train/ir/00001D.png", "train/vi/00001D.png", "test/ir/00004N.png", "test/vi/00004N.PNG")
    put(tmp_path / "MSRS", "test/vi/00012N.png")
    test, train = datasets.load("msrs", tmp_path), datasets.load("msrs", tmp_path, "train")
    assert (train.ids, train.coverage) == (("train/00001D",), "1 of 1083")
    assert (test.ids, test.coverage) == (("test/00004N", "test/00012N"), "2 of 361")
    assert test[0].boxes is None
    with pytest.raises(PairError, match=r"'test/00012N'.*no infrared image"):
        test[1]


def test_another_folder_says_what_is_expected_and_found(tmp_path: Path) -> None:
    (tmp_path / "MSRS/test").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"must hold 'train' or 'test', each with .*; copy|it holds 'test'"):
        datasets.load("msrs", tmp_path)


def test_the_real_sample(shared: Path) -> None:
    pairs = datasets.load("msrs", shared / "data")
    assert pairs.coverage == "10 of 361"
    assert {(tuple(pair.ir.shape), tuple(pair.vis.shape)) for pair in pairs} == {((480, 640), (480, 640, 3))}
