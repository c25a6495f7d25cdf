"""Detection in runs: boxes, average precision of whole data sets, and everything that can be wrong with them."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from finder import Boxes, Finder, draw_m3fd, put_finder
from layouts import put
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from rundir import KEY, part_times, scores

from hifbench.bench import experiment
from hifbench.bench.commands import detection as commands_detection

PICTURES: dict[str, Boxes | None] = {
    "00000": [("People", 4, 4, 14, 30), ("Car", 20, 10, 45, 25), ("Car", 47, 30, 60, 40)],
    "00001": [("Car", 2, 2, 30, 20)],
    "00002": [],
    "00003": None,
    "00004": [("People", 10, 10, 17, 40), ("People", 30, 8, 45, 44), ("Lamp", 50, 5, 60, 15)],
    "00005": [("Car", 5, 20, 16, 33), ("People", 25, 20, 34, 45)],
}
HEADLINES = ("mAP@.5", "mAP@.75", "mAP@.5:.95")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    draw_m3fd(tmp_path, PICTURES)
    return tmp_path


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """An experiment on that data: two chunks for each row."""
    path = tmp_path / "own.toml"
    path.write_text(
        'title = "Rectangles"\ntasks = ["detection"]\nmethods = ["average"]\nchunk = 3\n[[datasets]]\nname = "m3fd"\n'
    )
    return path


@pytest.fixture
def detector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A detector's file, which is opened as the finder."""
    put_finder(monkeypatch, Finder())
    path = tmp_path / "finder.onnx"
    path.touch()
    return path


def whole(run_dir: Path, method: str) -> dict[str, float]:
    table = scores(run_dir)
    rows = table[(table["pair"] == "all") & (table["method"] == method)]
    return dict(zip(rows["metric"], rows["value"], strict=True))


def by_pycocotools(found: pd.DataFrame, truth: dict[str, Boxes], classes: list[str]) -> dict[str, float]:
    """Average precision of stored boxes, after what was drawn."""
    images = {name: number for number, name in enumerate(truth, 1)}
    numbers = {name: number for number, name in enumerate(classes, 1)}
    annotations = [
        {"image_id": images[name], "category_id": numbers[label], "bbox": [x0, y0, x1 - x0, y1 - y0],
         "area": (x1 - x0) * (y1 - y0), "iscrowd": 0}
        for name, boxes in truth.items() for label, x0, y0, x1, y1 in boxes if label in numbers
    ]  # fmt: skip
    content: dict[str, Any] = {
        "info": {},
        "images": [{"id": number} for number in images.values()],
        "annotations": [{"id": number, **each} for number, each in enumerate(annotations, 1)],
        "categories": [{"id": number, "name": name} for name, number in numbers.items()],
    }
    results = [
        {"image_id": images[row.pair], "category_id": numbers[row.label], "score": row.score,
         "bbox": [row.x0, row.y0, row.x1 - row.x0, row.y1 - row.y0]}
        for row in found.itertuples() if row.label in numbers
    ]  # fmt: skip
    with contextlib.redirect_stdout(io.StringIO()):
        reference = COCO()
        reference.dataset = content
        reference.createIndex()
        evaluation = COCOeval(reference, reference.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
    precision = evaluation.eval["precision"][:, :, :, 0, 2]  # thresholds, recalls, classes; any area, 100 detections
    precision = np.where(precision < 0, np.nan, precision)
    values = {"mAP@.5": precision[0], "mAP@.75": precision[5], "mAP@.5:.95": precision}
    means = {name: float(np.nanmean(part)) for name, part in values.items()}
    return means | {f"AP@.5:{name}": float(np.nanmean(precision[0, :, at])) for at, name in enumerate(classes)}


def test_average_precision_of_a_run_is_that_of_pycocotools(hifbench, root, own, detector, tmp_path) -> None:
    done = hifbench("run", own, "--data", root, "--detector", detector)
    assert done.status == 0, done.err
    assert "m3fd: detector frozen-finder: person -> People, car -> Car; not evaluated" in done.err
    run_dir = tmp_path / "runs" / "own"
    boxes = pd.read_parquet(run_dir / "detections")
    truth = {name: boxes for name, boxes in PICTURES.items() if boxes is not None}
    for method in ("visible", "average"):
        found = boxes[(boxes["method"] == method) & (boxes["role"] == "found")]
        values = whole(run_dir, method)
        expected = by_pycocotools(found, truth, ["People", "Car"])
        assert 0.2 < expected["mAP@.5:.95"] < 0.95  # neither all right nor all wrong
        assert {name: values[name] for name in expected} == pytest.approx(expected, abs=1e-6)
        for name in HEADLINES:
            assert values[f"{name} low"] <= values[name] <= values[f"{name} high"]
        assert values["images"] == 5
        assert values["images without annotation"] == 1
        assert values["objects:People"] == 4
    assert all(whole(run_dir, "infrared")[name] == 0 for name in HEADLINES)  # nothing was found on any picture
    table = scores(run_dir)
    assert set(table["task"]) == {"detection"}
    assert set(table["convention"]) == {"frozen-finder"}
    assert not table.duplicated(KEY).any()


def test_both_sources_run_beside_and_the_table_says_what_was_looked_at(hifbench, root, own, detector) -> None:
    done = hifbench("run", own, "--data", root, "--detector", detector, "--methods", "maximum")
    assert done.status == 0, done.err
    shown = " ".join(done.out.split())
    for text in (
        "method mAP@.5 ↑",
        " visible ",
        " infrared ",
        " maximum ",
        "mAP@.75 ↑",
        "5 images. 1 image without annotation left out.",
        "Not evaluated, as the detector does not know them: Bus, Lamp, Motorcycle, Truck.",
        "Protocol frozen: one detector",
    ):
        assert text in shown


def test_a_second_call_computes_nothing(hifbench, root, own, detector, tmp_path, monkeypatch) -> None:
    first = hifbench("run", own, "--data", root, "--detector", detector)
    before = part_times(tmp_path)
    monkeypatch.setattr("hifbench.bench.worker.Worker", None)
    second = hifbench("run", own, "--data", root, "--detector", detector)
    assert second.status == 0, second.err
    assert "0 fusions computed" in second.err
    assert second.out == first.out
    assert part_times(tmp_path) == before


def test_a_call_that_was_killed_before_the_last_step_is_completed(hifbench, root, own, detector, tmp_path) -> None:
    first = hifbench("run", own, "--data", root, "--detector", detector)
    parts = list((tmp_path / "runs" / "own" / "scores").rglob("*.parquet"))
    assert len(parts) == 3
    parts[0].unlink()
    second = hifbench("run", own, "--data", root, "--detector", detector)
    assert "0 fusions computed" in second.err
    assert second.out == first.out


def test_only_the_last_of_several_shards_has_a_value(hifbench, root, own, detector, tmp_path) -> None:
    run = ("run", own, "--data", root, "--detector", detector)
    first = hifbench(*run, "--shard", "1/2")
    assert first.status == 0, first.err
    assert "partial" in first.err
    run_dir = tmp_path / "runs" / "own"
    assert not (run_dir / "scores").exists()
    second = hifbench(*run, "--shard", "2/2")
    assert second.status == 0, second.err
    together = scores(run_dir)
    alone = hifbench(*run, "--out", "alone")
    assert alone.out == second.out
    pd.testing.assert_frame_equal(together, scores(tmp_path / "alone"))


def test_another_detector_of_the_same_name_is_another_value(
    hifbench, root, own, detector, tmp_path, monkeypatch
) -> None:
    run = ("run", own, "--data", root, "--detector", detector)
    hifbench(*run)
    put_finder(monkeypatch, Finder(sha256="1" * 64))
    again = hifbench(*run)
    assert "18 fusions computed" in again.err
    assert len(list((tmp_path / "runs" / "own" / "scores").rglob("*.parquet"))) == 3
    put_finder(monkeypatch, Finder())
    assert "0 fusions computed" in hifbench(*run).err  # what was set aside is expected again


def test_a_changed_annotation_is_another_value(hifbench, root, own, detector) -> None:
    run = ("run", own, "--data", root, "--detector", detector)
    hifbench(*run)
    path = root / "M3FD" / "M3FD_Detection" / "Annotation" / "00001.xml"
    path.write_text(path.read_text().replace("Car", "People"))
    assert "9 fusions computed" in hifbench(*run).err  # its chunk, for three rows


def test_one_bad_pair_is_an_error_row_and_the_others_count(hifbench, root, own, detector, tmp_path) -> None:
    place = root / "M3FD" / "M3FD_Detection"
    (place / "Ir" / "00001.png").write_bytes((place / "Vis" / "00001.png").read_bytes())
    done = hifbench("run", own, "--data", root, "--detector", detector)
    assert done.status == 1
    table = scores(tmp_path / "runs" / "own")
    failed = table[table["error"].notna()]
    assert set(failed["pair"]) == {"00001"}
    assert whole(tmp_path / "runs" / "own", "visible")["images"] == 4
    assert whole(tmp_path / "runs" / "own", "visible")["images in error"] == 1
    assert "failed: 00001" in done.err


def test_what_broke_by_chance_is_tried_again(hifbench, root, own, detector, tmp_path, monkeypatch) -> None:
    run = ("run", own, "--data", root, "--detector", detector)
    put_finder(monkeypatch, Finder(fails_on=lambda image: image[2, 2, 1] > 200))
    first = hifbench(*run)
    assert first.status == 1
    assert "RuntimeError: the detector broke" in first.err
    put_finder(monkeypatch, Finder())
    second = hifbench(*run)
    assert second.status == 0, second.err
    assert scores(tmp_path / "runs" / "own")["error"].isna().all()
    clean = hifbench(*run, "--out", "clean")
    assert second.out == clean.out


def test_fusion_and_detection_in_one_run(hifbench, root, own, detector, tmp_path) -> None:
    done = hifbench("run", own, "--data", root, "--detector", detector, "--set", 'tasks=["fusion", "detection"]')
    assert done.status == 0, done.err
    assert "SSIM ↑" in done.out
    assert "mAP@.5 ↑" in done.out
    table = scores(tmp_path / "runs" / "own")
    assert set(table["task"]) == {"fusion", "detection"}
    alone = hifbench("run", own, "--data", root, "--detector", detector, "--out", "alone")
    assert alone.status == 0
    both, one = (frame[frame["task"] == "detection"].reset_index(drop=True)
                 for frame in (table, scores(tmp_path / "alone")))  # fmt: skip
    pd.testing.assert_frame_equal(both, one)


def test_under_degradation_it_falls_and_is_drawn(hifbench, root, own, detector, tmp_path) -> None:
    text = own.read_text() + '[[degradations]]\nname = "blur"\nseverities = [1, 5]\n'
    own.write_text(text)
    done = hifbench("run", own, "--data", root, "--detector", detector)
    assert done.status == 0, done.err
    table = scores(tmp_path / "runs" / "own")
    of_visible = table[(table["method"] == "visible") & (table["metric"] == "mAP@.5:.95") & (table["pair"] == "all")]
    values = of_visible.set_index("severity")["value"]
    assert set(values.index) == {0, 1, 5}
    assert values[5] < values[0]
    assert "mAP@.5:.95 under blur" in done.out
    report = hifbench("report", tmp_path / "runs" / "own")
    assert report.status == 0, report.err
    (drawn,) = (tmp_path / "runs" / "own" / "report" / "curves").glob("detection-*.svg")
    points = pd.read_csv(drawn.with_suffix(".csv"))
    shown = points[(points["method"] == "visible") & (points["metric"] == "mAP@.5:.95")].set_index("severity")["mean"]
    assert shown.to_dict() == pytest.approx(values.to_dict())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--detector", "nowhere.onnx"), "no detector file nowhere.onnx"),
        (("--protocol", "thawed"), "'frozen' or 'retrained'"),
        (("--device", "cuda:7"), "no device 'cuda:7' here"),
        (("--datasets", "folder"), "has no annotations"),
        (("--protocol", "retrained", "--detector", "x.onnx"), "exclude each other"),
        (("--set", "retraining.epoch=1", "--protocol", "retrained"), "did you mean 'epochs'?"),
        (("--set", "retraining=smoke", "--protocol", "retrained"), "key 'retraining': is a table with the keys archit"),
        (("--set", "retraining.epochs=1"), "--set retraining.epochs=1: no detector is trained in this run; add --prot"),
        (("--set", "schedule=smoke"), "--set schedule=smoke: no row of this run is trained"),
        (("--set", "size=64x64"), "--set size=64x64: efficiency is not measured in this experiment"),
        (("--set", "depth=maps"), "--set depth=maps: no image is degraded in this experiment"),
        (("--set", "retraining.architecture=vgg", "--protocol", "retrained"), "retraining.architecture"),
        (("--protocol", "retrained"), "no split 'train' to train a detector on; it has all, fusion300"),
        (("--protocol", "retrained", "--set", "retraining.split=all"), "in the split 'all' to train on and in 'all'"),
    ],
)
def test_a_call_that_cannot_be_carried_out(hifbench, root, own, detector, arguments, message) -> None:
    if "--datasets" in arguments:
        put(root, "ir/a.png")
        put(root, "vis/a.png", level=9)
    given = () if {"--detector", "--protocol"} & set(arguments) else ("--detector", detector)
    done = hifbench("run", own, "--data", root, *given, *arguments)
    assert done.status == 2
    assert message in " ".join(done.err.split())
    assert "Traceback" not in done.err


def test_classes_that_do_not_map_are_an_error_of_the_call(hifbench, root, own, detector, monkeypatch) -> None:
    put_finder(monkeypatch, Finder(classes=("ship", "plane", "dog")))
    done = hifbench("run", own, "--data", root, "--detector", detector)
    assert done.status == 2
    assert "none of the classes People, Car" in done.err


def test_options_of_detection_need_an_experiment_with_detection(hifbench, experiment, pairs_folder) -> None:
    for option in (("--protocol", "frozen"), ("--detector", "x.onnx"), ("--set", "detector=tiny")):
        done = hifbench("run", experiment, "--data", pairs_folder, *option)
        assert done.status == 2
        shown = " ".join(option) if option[0] == "--set" else option[0]
        assert f"{shown}: no detection in this experiment" in done.err


def test_pictures_of_which_nobody_knows_what_is_on_them_have_no_value(hifbench, tmp_path, own, detector) -> None:
    draw_m3fd(tmp_path, {"00000": None, "00001": PICTURES["00001"]})
    done = hifbench("run", own, "--data", tmp_path, "--detector", detector, "--limit", 1)
    assert done.status == 1
    assert "no picture has an annotation" in done.err
    rows = scores(tmp_path / "runs" / "own")
    assert set(rows["pair"]) == {"all"}
    assert rows["value"].isna().all()


@pytest.mark.parametrize(
    "option",
    [("--detector", "finder.onnx"), ("--protocol", "retrained", "--set", "retraining.split=fusion300")],
    ids=["frozen", "retrained"],
)
def test_a_data_set_without_annotations_is_refused_at_once(hifbench, tmp_path, own, detector, option) -> None:
    draw_m3fd(tmp_path, dict.fromkeys(PICTURES))
    done = hifbench("run", own, "--data", tmp_path, *option)
    assert done.status == 2
    assert "data set 'm3fd', split 'all': none of its 6 pairs here has an annotation" in done.err
    assert "M3FD must hold M3FD_Detection/{Annotation/*.xml" in done.err
    assert not (tmp_path / "runs" / "own" / "plan.json").exists()


def test_one_image_has_no_interval(hifbench, root, own, detector, tmp_path) -> None:
    done = hifbench("run", own, "--data", root, "--detector", detector, "--limit", 1)
    assert done.status == 0, done.err
    assert "1 image, so there are no intervals." in done.out
    assert not [name for name in whole(tmp_path / "runs" / "own", "visible") if name.endswith((" low", " high"))]
    two = hifbench("run", own, "--data", root, "--detector", detector, "--limit", 2, "--out", "two")
    assert "2 images." in two.out
    assert "mAP@.5 low" in whole(tmp_path / "two", "visible")


def test_the_shipped_detector_is_warned_of_on_real_pictures(hifbench, root, own) -> None:
    done = hifbench("run", own, "--data", root, "--limit", 1, "--methods", "visible", "--datasets", "m3fd")
    assert "the detector tiny.safetensors has learnt from drawn pictures alone" in done.err
    assert "such as m3fd; put yolox_nano.onnx into $HIFBENCH_WEIGHTS/detectors" in done.err
    assert "It has learnt from drawn pictures alone" in " ".join(done.out.split())
    done = hifbench("run", own, "--limit", 1, "--methods", "visible", "--datasets", "synthetic", "--out", "drawn")
    assert "drawn pictures alone" not in done.err + done.out


def test_kept_pictures_are_those_that_were_looked_at(hifbench, root, own, detector, tmp_path) -> None:
    done = hifbench("run", own, "--data", root, "--detector", detector, "--keep-fused")
    assert done.status == 0, done.err
    kept = list((tmp_path / "runs" / "own" / "fused").rglob("*.png"))
    assert len(kept) == 3 * 5
    again = hifbench("run", own, "--data", root, "--detector", detector, "--keep-fused")
    assert "0 fusions computed" in again.err


def test_precision_against_recall_has_the_area_of_the_average_precision(
    hifbench, root, own, detector, tmp_path
) -> None:
    hifbench("run", own, "--data", root, "--detector", detector)
    assert hifbench("report", tmp_path / "runs" / "own").status == 0
    (file,) = (tmp_path / "runs" / "own" / "report" / "curves").glob("pr-*.csv")
    assert "<svg" in file.with_suffix(".svg").read_text()
    points = pd.read_csv(file)
    values = whole(tmp_path / "runs" / "own", "visible")
    for name in ("People", "Car"):
        mine = points[(points["method"] == "visible") & (points["class"] == name)]
        assert len(mine) == 101
        assert mine["precision"].mean() == pytest.approx(values[f"AP@.5:{name}"])


def test_the_record_names_the_detector(hifbench, root, own, detector, tmp_path) -> None:
    hifbench("run", own, "--data", root, "--detector", detector)
    record = json.loads((tmp_path / "runs" / "own" / "run.json").read_text())
    assert record["detectors"]["frozen-finder"]["sha256"] == "0" * 64
    assert record["experiment"]["protocol"] == "frozen"
    assert "onnxruntime" in record["versions"]


def test_a_file_that_was_exchanged_after_planning_is_not_believed(
    hifbench, root, own, detector, tmp_path, monkeypatch
) -> None:
    run = ("run", own, "--data", root, "--detector", detector)
    other = Finder(sha256="1" * 64, classes=("dog", "dog", "dog"))
    put_finder(monkeypatch, other, ("detecting",))
    first = hifbench(*run)
    assert first.status == 1
    assert "was exchanged since the run was planned" in first.err
    assert not whole(tmp_path / "runs" / "own", "visible").get("images")
    put_finder(monkeypatch, Finder())  # the planned one is back
    second = hifbench(*run)
    assert second.status == 0, second.err
    assert "18 fusions computed" in second.err
    assert whole(tmp_path / "runs" / "own", "visible")["images"] == 5


def test_a_method_that_the_detector_has_learnt_from_is_marked(hifbench, root, own, detector, tmp_path, monkeypatch):
    put_finder(monkeypatch, Finder(learnt_from=("visible", "average")))
    done = hifbench("run", own, "--data", root, "--detector", detector, "--methods", "average,maximum")
    assert done.status == 0, done.err
    shown = " ".join(done.out.split())
    assert "§ the detector has learnt from its pictures of the train split" in shown
    for name in ("visible §", "average §", " infrared ", " maximum "):
        assert name in shown
    assert "maximum §" not in shown
    hifbench("report", tmp_path / "runs" / "own")
    (table,) = (tmp_path / "runs" / "own" / "report" / "tables").glob("detection-*.md")
    assert "average § |" in table.read_text()
    assert r"average \S{}" in table.with_suffix(".tex").read_text()


def test_no_mark_without_cause(hifbench, root, own, detector) -> None:
    assert "§" not in hifbench("run", own, "--data", root, "--detector", detector).out


def test_without_ultralytics_its_own_figure_alone_is_missing(
    hifbench, root, own, detector, tmp_path, monkeypatch
) -> None:
    put_finder(monkeypatch, Finder(reader="ultralytics 8"))

    def missing(*_: object) -> None:
        raise ImportError("No module named 'ultralytics'")

    monkeypatch.setattr("hifbench.bench.evaluations.by_ultralytics", missing)
    run = ("run", own, "--data", root, "--detector", detector)
    first = hifbench(*run)
    assert first.status == 0, first.err
    assert "own figure is left out, as it was not installed" in " ".join(first.out.split())
    before = whole(tmp_path / "runs" / "own", "visible")
    monkeypatch.setattr("hifbench.bench.evaluations.by_ultralytics", lambda *_: np.full(10, 0.25))
    second = hifbench(*run)
    assert "0 fusions computed" in second.err
    added = {f"{name} by ultralytics": 0.25 for name in HEADLINES}
    assert whole(tmp_path / "runs" / "own", "visible") == before | added
    assert "is left out" not in second.out


def test_a_detector_that_cannot_use_the_gpu_is_said_to_work_on_the_cpu(detector, tmp_path, monkeypatch, capsys) -> None:
    asked: list[str] = []

    def open_one(path: Path, device: str = "cpu") -> Finder:
        asked.append(device)
        return Finder()

    monkeypatch.setattr("hifbench.bench.judges.open_detector", open_one)
    monkeypatch.setattr("hifbench.bench.commands.detection.check_device", torch.device)
    chosen = experiment.validate(
        {"title": "x", "tasks": ["detection"], "methods": ["average"], "datasets": [{"name": "m3fd"}],
         "detector": str(detector)}, "test",
    )  # fmt: skip
    assert commands_detection.judges(chosen, tmp_path, None, "cuda:0") is not None
    assert asked == ["cuda:0"]
    assert "the detector finder works on the CPU: tests cannot use cuda:0" in capsys.readouterr().err
    commands_detection.judges(chosen, tmp_path, None, "cpu")
    assert not capsys.readouterr().err
