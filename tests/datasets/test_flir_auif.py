"""The FLIR set of AUIF and DIDFuse: files by number, the authors' two splits, its overlap with RoadScene."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from PIL import Image

from hifbench import datasets
from hifbench.datasets._source import FilePair
from hifbench.datasets.flir_auif import DATASET
from hifbench.errors import PairError, UsageError


def make(root: Path, folder: str, *names: str) -> None:
    (root / "FLIR_AUIF" / folder).mkdir(parents=True)
    for name in names:
        mode = "L" if name.startswith("IR") or folder.startswith("Test") else "RGB"
        Image.new(mode, (8, 6), len(name) * (3 if name.startswith("VIS") else 1)).save(
            root / "FLIR_AUIF" / folder / name
        )


def test_the_splits_are_the_two_folders_by_number(tmp_path: Path) -> None:
    make(tmp_path, "Train_data_FLIR", "IR10.jpg", "VIS10.jpg", "IR2.jpg", "VIS2.jpg")
    make(tmp_path, "Test_data_FLIR", "IR1.jpg", "VIS1.jpg")
    train, test = datasets.load("flir-auif", tmp_path, "train"), datasets.load("flir-auif", tmp_path)
    assert (train.ids, train.coverage, train.unlisted) == (("train/2", "train/10"), "2 of 180", ())
    assert (test.split, test.ids, test.coverage) == ("test", ("test/1",), "1 of 40")
    assert tuple(train[0].vis.shape) == (6, 8, 3)
    assert tuple(test[0].vis.shape) == (6, 8)


def test_an_image_without_its_partner_is_an_error_of_that_pair(tmp_path: Path) -> None:
    make(tmp_path, "Test_data_FLIR", "IR1.jpg", "VIS1.jpg", "VIS3.jpg")
    pairs = datasets.load("flir-auif", tmp_path)
    assert pairs[0].id == "test/1"
    with pytest.raises(PairError, match=r"'test/3'.*no infrared image"):
        pairs[1]


def test_one_folder_is_a_partial_copy_and_none_is_a_mistake(tmp_path: Path) -> None:
    make(tmp_path, "Test_data_FLIR", "IR1.jpg", "VIS1.jpg")
    with pytest.raises(UsageError, match="none of its 180 pairs"):
        datasets.load("flir-auif", tmp_path, "train")
    (tmp_path / "elsewhere" / "FLIR_AUIF").mkdir(parents=True)
    with pytest.raises(UsageError, match="must hold 'Train_data_FLIR' or 'Test_data_FLIR'"):
        datasets.load("flir-auif", tmp_path / "elsewhere")


@pytest.fixture(scope="module")
def shared() -> Path:
    if "HIFBENCH_SHARED" not in os.environ:
        pytest.skip("HIFBENCH_SHARED is not set")
    return Path(os.environ["HIFBENCH_SHARED"]) / "data"


def hashes(folder: Path) -> set[str]:
    return {hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_the_official_files_are_all_there_and_readable(shared: Path) -> None:
    for split, count in (("train", 180), ("test", 40)):
        pairs = datasets.load("flir-auif", shared, split)
        assert pairs.coverage == f"{count} of {count}"
        assert not pairs.unlisted
        assert {pair.vis.ndim for pair in pairs} == {3 if split == "train" else 2}
    assert len(DATASET.find(shared / "FLIR_AUIF")) == DATASET.card.pairs


def test_the_overlap_with_roadscene_is_as_the_card_says(shared: Path) -> None:
    infrared, visible = (hashes(shared / "RoadScene" / name) for name in ("cropinfrared", "crop_LR_visible"))
    unseen = {
        hashlib.sha256(source.ir.read_bytes()).hexdigest()
        for source in datasets.load("roadscene", shared, "unseen").sources
        if isinstance(source, FilePair)
    }
    assert DATASET.card.quirks[0] == f"Its training pairs are 180 of RoadScene's {len(infrared)}."
    for split, seen in (("train", 180), ("test", 0)):
        files = [s for s in datasets.load("flir-auif", shared, split).sources if isinstance(s, FilePair)]
        ours = {hashlib.sha256(source.ir.read_bytes()).hexdigest() for source in files}
        assert len(ours) == len(files)
        assert ours <= infrared - unseen if split == "train" else ours < unseen
        assert sum(hashlib.sha256(source.vis.read_bytes()).hexdigest() in visible for source in files) == seen


def test_twins_are_the_pairs_with_the_same_infrared_file(shared: Path) -> None:
    twins = DATASET.twins("roadscene")
    assert len(twins) == len(set(twins.values())) == 220
    here, there = (
        {s.id: hashlib.sha256(s.ir.read_bytes()).hexdigest() for s in each if isinstance(s, FilePair)}
        for each in (DATASET.find(shared / "FLIR_AUIF"), datasets.load("roadscene", shared).sources)
    )
    assert {id: here[id] for id in twins} == {id: there[twin] for id, twin in twins.items()}
