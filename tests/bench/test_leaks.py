"""What training has seen of a test, by ids and by declared overlaps; and that tables of a run say so."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from layouts import put

from hifbench.bench.leaks import seen
from hifbench.datasets import DATASETS

ROADSCENE = DATASETS.get("roadscene").split_ids("all") or []
UNSEEN = DATASETS.get("roadscene").split_ids("unseen") or []


FLIR_TEST = DATASETS.get("flir-auif").split_ids("test") or []


def test_flir_training_has_seen_180_of_roadscene_and_nothing_of_unseen() -> None:
    found, free = seen("flir-auif/train", "roadscene", ROADSCENE)
    assert (len(found), free) == (180, ["unseen"])
    assert seen("flir-auif/train", "roadscene", UNSEEN) == ([], ["unseen"])
    assert seen("flir-auif/train", "tno", ["tank"]) == ([], [])


def test_flir_test_is_40_of_unseen_and_nothing_else() -> None:
    found, free = seen("flir-auif/test", "roadscene", ROADSCENE)
    assert len(found) == 40
    assert set(found) < set(UNSEEN)
    assert free == []


def test_the_other_way_round() -> None:
    assert seen("roadscene/all", "flir-auif", ["train/1", "train/2"])[0] == ["train/1", "train/2"]
    assert seen("roadscene/unseen", "flir-auif", ["train/1", *FLIR_TEST]) == (FLIR_TEST, ["train"])


def test_splits_of_one_data_set_are_compared_by_id() -> None:
    tno = DATASETS.get("tno")
    train, test = tno.split_ids("train") or [], tno.split_ids("test") or []
    assert seen("tno/train", "tno", test) == ([], [])
    assert seen("tno/train", "tno", [*test, *train])[0] == train
    assert seen("m3fd/all", "m3fd", ["00000", "00011"])[0] == ["00000", "00011"]
    assert seen("llvip/train", "llvip", ["test/190001", "train/010001"])[0] == ["train/010001"]


@pytest.mark.parametrize("training", ["", "folder/all", "somebody's/train"])
def test_of_unknown_data_nothing_is_claimed(training: str) -> None:
    assert seen(training, "roadscene", ROADSCENE) == ([], [])


def test_tables_of_a_run_mark_trained_methods(hifbench, tmp_path: Path) -> None:
    ids = [next(id for id in ROADSCENE if id not in UNSEEN), UNSEEN[0]]
    put(tmp_path / "RoadScene", *(f"cropinfrared/{id}.jpg" for id in ids), level=20)
    put(tmp_path / "RoadScene", *(f"crop_LR_visible/{id}.jpg" for id in ids), level=90, mode="RGB")
    Path("own.toml").write_text(
        'title = "T"\nmethods = ["auif", "average"]\nmetrics = ["EN"]\n'
        '[[datasets]]\nname = "roadscene"\n[[datasets]]\nname = "roadscene"\nsplit = "unseen"\nlabel = "fresh"\n'
    )
    done = hifbench("run", "own.toml", "--data", tmp_path, "--out", "run")
    assert done.status == 0, done.err
    assert hifbench("report", "run").status == 0
    marked = Path("run/report/tables/roadscene-all-fusion.md").read_text()
    assert "| auif † |" in marked
    assert "| average |" in marked
    assert "† trained on pairs of this table: auif (1 of 2, in flir-auif/train)" in marked
    assert "from the split unseen." in marked
    assert r"auif \dag{}" in Path("run/report/tables/roadscene-all-fusion.tex").read_text()
    counts = pd.read_csv("run/report/tables/roadscene-all-fusion.csv", index_col="method")["pairs trained on"]
    assert counts.dropna().to_dict() == {"auif": 1, "average": 0}  # the sources are not in the run
    assert "†" not in Path("run/report/tables/fresh-unseen-fusion.md").read_text()
