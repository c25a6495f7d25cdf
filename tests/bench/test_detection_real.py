"""Detection on real pictures by a real detector, held against pycocotools and another edition of the annotations."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pandas as pd
import pytest
from offline import cut_off
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from rundir import scores


@pytest.mark.slow
def test_llvip_by_yolox_is_what_pycocotools_says(hifbench, shared: Path, monkeypatch, tmp_path: Path) -> None:
    """The truth is the COCO file that others made of the same annotations; only the boxes found are ours."""
    pytest.importorskip("onnxruntime")
    monkeypatch.setenv("HIFBENCH_WEIGHTS", str(shared / "weights"))
    tried = cut_off(monkeypatch)
    done = hifbench("run", "table4", "--data", shared / "data", "--datasets", "llvip", "--methods", "average")
    assert done.status == 0, done.err
    assert not tried
    run_dir = tmp_path / "runs" / "table4"
    values, found = scores(run_dir), pd.read_parquet(run_dir / "detections")
    path = shared / "data" / "LLVIP" / "extra" / "LLVIP_test_subset_coco.json"
    numbers = {Path(image["file_name"]).stem: image["id"] for image in json.loads(path.read_text())["images"]}
    for method in ("visible", "infrared", "average"):
        boxes = found[(found["method"] == method) & (found["role"] == "found")]
        results = [
            {"image_id": numbers[row.pair.removeprefix("test/")], "category_id": 1, "score": row.score,
             "bbox": [row.x0, row.y0, row.x1 - row.x0, row.y1 - row.y0]}
            for row in boxes.itertuples()
        ]  # fmt: skip
        with contextlib.redirect_stdout(io.StringIO()):
            reference = COCO(str(path))
            evaluation = COCOeval(reference, reference.loadRes(results), "bbox")
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
        mine = values[(values["method"] == method) & (values["pair"] == "all")].set_index("metric")["value"]
        expected = dict(zip(("mAP@.5:.95", "mAP@.5", "mAP@.75"), evaluation.stats, strict=False))
        assert {name: mine[name] for name in expected} == pytest.approx(expected, abs=1e-6)
        assert mine["images"] == len(numbers)
        assert expected["mAP@.5"] > 0.3  # a detector, not noise


def test_the_published_numbers_stand_beside(hifbench, shared: Path, monkeypatch, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    monkeypatch.setenv("HIFBENCH_WEIGHTS", str(shared / "weights"))
    run = ("run", "table4", "--data", shared / "data", "--datasets", "m3fd", "--methods", "average", "--limit", 2)
    done = hifbench(*run)
    assert done.status == 0, done.err
    assert "not evaluated, unknown to it: Lamp" in done.err
    assert hifbench("report", tmp_path / "runs" / "table4").status == 0
    (file,) = (tmp_path / "runs" / "table4" / "report" / "tables").glob("detection-*.csv")
    table = pd.read_csv(file).set_index(["metric", "method"])
    published = pd.read_csv(shared / "published" / "derun_tables.csv")
    published = published[(published["table"] == "table4") & (published["group"] == "M3FD")]
    assert len(published) == 24
    for row in published.itertuples():
        method = row.method.lower() if row.method in ("Visible", "Infrared") else row.method
        assert table.loc[(row.metric, method), "published"] == row.value
    text = file.with_suffix(".md").read_text()
    assert "[0.756]" in text
    assert "never comparable in absolute terms" in text
    assert r"\toprule" in file.with_suffix(".tex").read_text()
