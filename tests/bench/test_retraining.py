"""Protocol 'retrained' at smoke size: on synthetic pictures, a few epochs, with no network."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from offline import cut_off
from rundir import part_times, scores

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(find_spec("ultralytics") is None, reason="ultralytics, which trains the detectors, is missing"),
]
STILL = dict.fromkeys(("hsv_h", "hsv_s", "hsv_v", "translate", "scale", "fliplr", "mosaic"), 0.0)
SMOKE = [
    f"--set=retraining.{key}={value}"
    for key, value in {"epochs": 16, "image_size": 128, "batch": 4, "pairs": 8, "rate": 0.002}.items()
] + ["--set=retraining.augmentation={" + ", ".join(f"{key}={value}" for key, value in STILL.items()) + "}"]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(
        'title = "Smoke"\ntasks = ["detection"]\nmethods = ["visible", "infrared"]\nprotocol = "retrained"\n'
        '[[datasets]]\nname = "synthetic"\n'
    )
    return path


def test_a_detector_for_each_row_is_trained_once_and_its_precision_is_reported(
    hifbench, own, tmp_path, monkeypatch
) -> None:
    tried = cut_off(monkeypatch)
    done = hifbench("run", own, "--limit", 3, *SMOKE)
    assert done.status == 0, done.err
    assert not tried
    run_dir = tmp_path / "runs" / "own"
    cards = [json.loads(path.read_text()) for path in (run_dir / "detectors").glob("*.json")]
    assert len(cards) == 2
    for card in cards:
        assert len(card["losses"]) == 16
        assert np.mean(card["losses"][-4:]) < 0.9 * np.mean(card["losses"][:4])
        assert card["pictures"] == 8
    table = scores(run_dir)
    assert set(table["convention"]) == {"retrained-yolov8n"}
    assert table["error"].isna().all()
    headline = table[(table["metric"] == "mAP@.5") & (table["pair"] == "all")]
    assert headline["value"].between(0, 1).all()
    assert set(headline["method"]) == {"visible", "infrared"}
    assert "Protocol retrained" in done.out
    before, kept = part_times(tmp_path), {path: path.stat().st_mtime_ns for path in run_dir.rglob("*.pt")}
    again = hifbench("run", own, "--limit", 3, *SMOKE)
    assert "detectors to train: 2; 2 are there already" in again.err
    assert part_times(tmp_path) == before
    assert {path: path.stat().st_mtime_ns for path in run_dir.rglob("*.pt")} == kept


def test_a_training_that_was_broken_off_goes_on(hifbench, own, tmp_path, monkeypatch) -> None:
    from hifbench.bench.commands import detection

    run = ("run", own, "--limit", 2, *SMOKE, "--set", "retraining.pairs=4", "--set", "retraining.epochs=4")
    shown = detection._Lessons.epoch
    seen: list[int] = []

    def stop_after_two(self: detection._Lessons, number: int, loss: float) -> None:
        seen.append(number)
        shown(self, number, loss)
        if seen == [1, 2, 3]:
            raise KeyboardInterrupt

    monkeypatch.setattr(detection._Lessons, "epoch", stop_after_two)
    stopped = hifbench(*run)
    assert stopped.status == 130
    assert "goes on from there" in stopped.err
    done = hifbench(*run)
    assert done.status == 0, done.err
    assert seen == [1, 2, 3, 3, 4, 1, 2, 3, 4]  # the epoch that was not finished is done again, those before are not
    assert pd.notna(scores(tmp_path / "runs" / "own")["value"]).any()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_on_a_gpu(hifbench, own, tmp_path) -> None:
    done = hifbench("run", own, "--limit", 2, *SMOKE, "--device", "cuda")
    assert done.status == 0, done.err
    assert scores(tmp_path / "runs" / "own")["error"].isna().all()
