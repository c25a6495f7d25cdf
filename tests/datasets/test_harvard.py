"""The two Harvard sets: MRI in the infrared's role, colour in the visible one's, splits listed and by folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from layouts import put

from hifbench import datasets
from hifbench.errors import UsageError


@pytest.mark.parametrize(
    ("name", "kind", "test_id"), [("harvard-pet", "PET", "25015"), ("harvard-spect", "SPECT", "3015")]
)
@pytest.mark.parametrize("ready", [True, False])
def test_roles_and_splits(tmp_path: Path, name: str, kind: str, test_id: str, ready: bool) -> None:
    base = tmp_path / "Harvard" / ("MyDatasets/" if ready else "") / f"{kind}-MRI"
    for id, split in ((test_id, "test"), ("77777", "train")):
        folder = base / split if ready else base
        put(folder, f"MRI/{id}.png", level=40)
        put(folder, f"{kind}/{id}.png", mode="RGB", level=80)
    (base / "test").mkdir(exist_ok=True)
    put(base, "test/stray.jpg")
    test, train = datasets.load(name, tmp_path), datasets.load(name, tmp_path, "train")
    assert (test.ids, test.coverage) == ((test_id,), "1 of 24")
    assert (train.ids, train.coverage) == (("77777",), "1 of 245" if kind == "PET" else "1 of 333")
    assert len(datasets.load(name, tmp_path, "all")) == 2
    assert (tuple(test[0].ir.shape), tuple(test[0].vis.shape)) == ((48, 64), (48, 64, 3))
    assert test[0].ir[0, 0].item() == pytest.approx(40 / 255)


def test_another_folder_says_what_is_expected_and_found(tmp_path: Path) -> None:
    (tmp_path / "Harvard/CT-MRI").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"must hold 'MyDatasets/PET-MRI'.* it holds 'CT-MRI'"):
        datasets.load("harvard-pet", tmp_path)


@pytest.mark.parametrize("name", ["harvard-pet", "harvard-spect"])
def test_the_real_test_splits_are_whole(shared: Path, name: str) -> None:
    pairs = datasets.load(name, shared / "data")
    assert pairs.coverage == "24 of 24"
    assert {(tuple(pair.ir.shape), tuple(pair.vis.shape)) for pair in pairs} == {((256, 256), (256, 256, 3))}
