"""The data set of own images."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from hifbench import datasets
from hifbench.errors import PairError, UsageError


def save(path: Path, level: int, mode: str = "L") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, (8, 6), level if mode == "L" else (level, 0, 0)).save(path)


def test_defaults_are_the_folders_ir_and_vis(tmp_path: Path) -> None:
    for stem in ("10", "9"):
        save(tmp_path / f"ir/{stem}.png", int(stem))
        save(tmp_path / f"vis/{stem}.bmp", 100, "RGB")
        save(tmp_path / f"vi/{stem}.bmp", 200, "RGB")
    pairs = datasets.load("folder", tmp_path)
    assert (pairs.ids, pairs.coverage, pairs.dataset, pairs.split) == (("9", "10"), "2 of 2", "folder", "all")
    assert torch.equal(pairs[1].ir, torch.full((6, 8), 10 / 255))
    assert torch.equal(pairs[1].vis[..., 0], torch.full((6, 8), 100 / 255))


def test_vi_is_taken_where_there_is_no_vis(tmp_path: Path) -> None:
    save(tmp_path / "ir/1.png", 1)
    save(tmp_path / "vi/1.png", 2)
    assert datasets.load("folder", tmp_path).ids == ("1",)


def test_patterns_below_the_root_and_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2):
        save(tmp_path / f"set/IR{number}.bmp", number)
        save(tmp_path / f"set/VIS{number}.bmp", 9)
    relative = datasets.load("folder", tmp_path, ir="set/IR*.bmp", vis="set/VIS*.bmp")
    monkeypatch.delenv("HIFBENCH_DATA", raising=False)
    absolute = datasets.load("folder", ir=f"{tmp_path}/set/IR*.bmp", vis=f"{tmp_path}/set/VIS*.bmp")
    assert relative.ids == absolute.ids == ("1", "2")
    assert [source.digest for source in relative.sources] == [source.digest for source in absolute.sources]


def test_relative_paths_need_a_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HIFBENCH_DATA", raising=False)
    with pytest.raises(UsageError, match="give --data ROOT"):
        datasets.load("folder", ir="ir", vis="vis")


def test_the_root_may_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path / "ir/1.png", 1)
    save(tmp_path / "vis/1.png", 2)
    monkeypatch.setenv("HIFBENCH_DATA", str(tmp_path))
    assert datasets.load("folder").ids == ("1",)


def test_one_bad_pair_leaves_the_others_alone(tmp_path: Path) -> None:
    save(tmp_path / "ir/good.png", 1)
    save(tmp_path / "vis/good.png", 2)
    save(tmp_path / "ir/lone.png", 1)
    save(tmp_path / "ir/same.png", 7)
    save(tmp_path / "vis/same.png", 7)
    Image.fromarray(np.zeros((3, 3), np.uint8)).save(tmp_path / "vis/size.png")
    save(tmp_path / "ir/size.png", 1)
    pairs = datasets.load("folder", tmp_path)
    assert pairs.ids == ("good", "lone", "same", "size")
    assert pairs[0].ir.shape == (6, 8)
    for index, message in ((1, "no visible image"), (2, "the same image"), (3, "8x6 .* 3x3")):
        with pytest.raises(PairError, match=message):
            pairs[index]


def test_one_file_on_each_side(tmp_path: Path) -> None:
    save(tmp_path / "thermal.png", 1)
    save(tmp_path / "photo.png", 2)
    assert datasets.load("folder", tmp_path, ir="thermal.png", vis="photo.png").ids == ("thermal",)


def test_a_file_paired_with_itself_is_refused(tmp_path: Path) -> None:
    save(tmp_path / "a.png", 1)
    with pytest.raises(PairError, match="the same image"):
        datasets.load("folder", tmp_path, ir="a.png", vis="a.png")[0]


def test_two_files_of_one_stem_are_an_error_of_the_call(tmp_path: Path) -> None:
    save(tmp_path / "ir/a.png", 1)
    save(tmp_path / "ir/a.bmp", 1)
    save(tmp_path / "vis/a.png", 2)
    with pytest.raises(UsageError, match=r"a\.bmp and .*a\.png"):
        datasets.load("folder", tmp_path)
