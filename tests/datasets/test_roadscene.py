"""RoadScene: matching by stem, official list, the split of unseen scenes."""

import hashlib
import os
from pathlib import Path

import pytest
from PIL import Image

from hifbench import datasets
from hifbench.datasets.roadscene import DATASET
from hifbench.errors import PairError, UsageError


def make(root: Path, ir: tuple[str, ...], vis: tuple[str, ...]) -> None:
    for folder, stems in (("cropinfrared", ir), ("crop_LR_visible", vis)):
        (root / "RoadScene" / folder).mkdir(parents=True)
        for stem in stems:
            Image.new("L" if folder == "cropinfrared" else "RGB", (8, 6), len(folder)).save(
                root / "RoadScene" / folder / f"{stem}.jpg"
            )


def test_lists_name_221_and_41_pairs() -> None:
    everything, unseen = DATASET.split_ids("all"), DATASET.split_ids("unseen")
    assert everything is not None
    assert unseen is not None
    assert (len(set(everything)), len(everything), len(set(unseen)), len(unseen)) == (221, 221, 41, 41)
    assert set(unseen) < set(everything)


def test_partial_copy_is_counted_and_litter_ignored(tmp_path: Path) -> None:
    stems = ("FLIR_00006", "FLIR_00977")
    make(tmp_path, stems, stems)
    (tmp_path / "RoadScene/crop_LR_visible/Thumbs.db").touch()
    pairs = datasets.load("roadscene", tmp_path)
    assert (pairs.split, pairs.ids, pairs.coverage, pairs.unlisted) == ("all", stems, "2 of 221", ())
    assert datasets.load("roadscene", tmp_path, "unseen").coverage == "1 of 41"
    assert tuple(pairs[0].ir.shape) == (6, 8)


def test_an_official_stem_on_one_side_is_an_error_of_that_pair(tmp_path: Path) -> None:
    make(tmp_path, ("FLIR_00006", "FLIR_00018"), ("FLIR_00006",))
    pairs = datasets.load("roadscene", tmp_path)
    assert pairs.ids == ("FLIR_00006", "FLIR_00018")
    assert pairs[0].id == "FLIR_00006"
    with pytest.raises(PairError, match=r"'FLIR_00018'.*no visible image"):
        pairs[1]


def test_other_stems_are_reported_and_not_used(tmp_path: Path) -> None:
    make(tmp_path, ("FLIR_00006", "mine"), ("FLIR_00006", "mine", "yours"))
    pairs = datasets.load("roadscene", tmp_path)
    assert pairs.ids == ("FLIR_00006",)
    assert pairs.unlisted == ("mine", "yours")
    assert pairs.first(1).unlisted == ("mine", "yours")


def test_a_missing_subfolder_is_named(tmp_path: Path) -> None:
    (tmp_path / "RoadScene/cropinfrared").mkdir(parents=True)
    Image.new("L", (8, 6)).save(tmp_path / "RoadScene/cropinfrared/FLIR_00006.jpg")
    with pytest.raises(UsageError, match=r"no file or folder .*crop_LR_visible"):
        datasets.load("roadscene", tmp_path)


@pytest.fixture(scope="module")
def shared() -> Path:
    if "HIFBENCH_SHARED" not in os.environ:
        pytest.skip("HIFBENCH_SHARED is not set")
    return Path(os.environ["HIFBENCH_SHARED"]) / "data"


def test_the_unseen_are_those_whose_infrared_is_not_in_the_training_set(shared: Path) -> None:
    def sha256(path: Path) -> str:
        return hashlib.sha256(path.read_bytes()).hexdigest()

    trained = {sha256(path) for path in (shared / "FLIR_AUIF/Train_data_FLIR").glob("IR*.jpg")}
    official = {path.stem: sha256(path) for path in (shared / "RoadScene/cropinfrared").glob("*.jpg")}
    assert len(trained) == 180
    assert trained <= set(official.values())
    assert DATASET.split_ids("unseen") == sorted(stem for stem, digest in official.items() if digest not in trained)
    assert set(DATASET.split_ids("all") or ()) == set(official)


def test_all_real_pairs_are_read(shared: Path) -> None:
    pairs = datasets.load("roadscene", shared)
    assert (pairs.coverage, pairs.unlisted) == ("221 of 221", ())
    for pair in pairs:
        assert pair.vis.shape == (*pair.ir.shape, 3)
