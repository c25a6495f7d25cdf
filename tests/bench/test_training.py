"""``hifbench train``: from pairs to a weights file, broken off and not."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import torch
from filelock import FileLock
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file

from hifbench import datasets, methods
from hifbench.bench.training import recipe_of
from hifbench.detection.detectors.tiny import Tiny
from hifbench.errors import PairError, UsageError, WeightsError
from hifbench.registry import Registry

QUICK = ("--smoke", "--set", "stages=2", "--set", "dataset=folder", "--set", "split=all")
TRAINED = [name for name in methods.METHODS.names() if getattr(methods.METHODS.get(name), "recipe", None)]


@pytest.mark.parametrize("method", TRAINED)
def test_a_smoke_run_of_every_method_ends_with_weights_that_load(
    hifbench, pairs_folder: Path, tmp_path: Path, method: str
) -> None:
    out = tmp_path / "w" / "own.safetensors"
    fixed = ("--smoke", "--set", "dataset=folder", "--set", "split=all", "--set", "crop=32")
    outcome = hifbench("train", method, "--data", pairs_folder, "--out", out, "--limit", 2, *fixed)
    assert outcome.status == 0, outcome.err
    assert sorted(path.name for path in out.parent.glob("own.*")) == [
        "own.checkpoint", "own.csv", "own.json", "own.png", "own.safetensors",
    ]  # fmt: skip
    made = methods.create(method, weights=out)
    assert made.card.trained_on == "2 pairs of folder/all; 2 epochs (a smoke run, of no use)"
    fused = made.fuse(torch.rand(1, 1, 33, 40), torch.rand(1, 1, 33, 40))
    assert fused.shape == (1, 1, 33, 40)
    assert fused.isfinite().all()


def test_the_card_says_how_the_weights_came_about(hifbench, pairs_folder: Path, tmp_path: Path) -> None:
    outcome = hifbench("train", "derun", "--data", pairs_folder, "--set", "bins=4", *QUICK)
    assert outcome.status == 0, outcome.err
    assert "derun: 6 pairs, 2 epochs of 3 steps" in outcome.err
    card = json.loads((tmp_path / "derun.json").read_text())
    assert card["recipe"]["bins"] == 4
    assert card["recipe"]["stages"] == 2
    assert card["smoke"] is True
    assert card["recipe"]["seed"] == 0
    assert card["pairs"] == 6
    (call,) = card["calls"]
    assert call["command"][:3] == ["hifbench", "train", "derun"]
    assert call["machine"]["device"] == "cpu"
    assert call["versions"]["torch"] == version("torch")
    assert call["epochs"] == 2
    assert card["seconds"] == call["seconds"] > 0
    made = methods.create("derun", weights=tmp_path / "derun.safetensors")
    assert made.card.weights_sha256 == {"derun.safetensors": card["sha256"]}
    curve = pd.read_csv(tmp_path / "derun.csv")
    assert list(curve) == ["epoch", "pixel", "lgde", "total"]
    assert list(curve["epoch"]) == [1, 2]
    assert curve["total"].iloc[-1] == pytest.approx(card["final_loss"]["total"])
    assert curve["total"].to_numpy() == pytest.approx((curve["pixel"] + curve["lgde"]).to_numpy())
    with Image.open(tmp_path / "derun.png") as picture:
        assert picture.size == (720, 480)
    with safe_open(tmp_path / "derun.safetensors", framework="pt") as file:
        assert json.loads(file.metadata()["hifbench"])["manifest"] == card["manifest"]


def command(pairs: Path, out: Path) -> list[str]:
    own = ["--set", "epochs=6", "--data", str(pairs), "--out", str(out)]
    return [sys.executable, "-P", "-m", "hifbench", "train", "derun", *QUICK, *own]


def test_killed_and_resumed_it_ends_with_the_same_bits(pairs_folder: Path, tmp_path: Path) -> None:
    killed, whole = tmp_path / "killed" / "w.safetensors", tmp_path / "whole" / "w.safetensors"
    subprocess.run(command(pairs_folder, whole), check=True, capture_output=True)
    with subprocess.Popen(command(pairs_folder, killed), stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 120
        while not killed.with_suffix(".checkpoint").exists():
            assert process.poll() is None, "the run ended before it was killed"
            assert time.monotonic() < deadline
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
    assert not killed.exists()
    subprocess.run(command(pairs_folder, killed), check=True, capture_output=True)
    assert killed.read_bytes() == whole.read_bytes()
    assert killed.with_suffix(".csv").read_bytes() == whole.with_suffix(".csv").read_bytes()
    card = json.loads(killed.with_suffix(".json").read_text())
    assert sum(call["epochs"] for call in card["calls"]) == 6
    assert len(card["calls"]) == 2


def test_ctrl_c_says_how_to_go_on(pairs_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "w.safetensors"
    long = [*command(pairs_folder, out), "--set", "epochs=2000"]
    with subprocess.Popen(long, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 120
        while not out.with_suffix(".checkpoint").exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "the same command goes on from there" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("registry", [datasets.DATASETS, methods.METHODS], ids=["data set", "method"])
def test_a_checkpoint_of_another_version_of_the_code_is_refused(
    hifbench, pairs_folder: Path, monkeypatch: pytest.MonkeyPatch, registry: Registry[Any]
) -> None:
    call = ("train", "derun", "--data", pairs_folder, *QUICK)
    assert hifbench(*call).status == 0
    changed = registry.get("folder" if registry is datasets.DATASETS else "derun")
    monkeypatch.setattr(changed, "card", replace(changed.card, version=changed.card.version + 1))
    outcome = hifbench(*call)
    assert outcome.status == 2
    assert "derun.checkpoint is the checkpoint of another configuration" in outcome.err


def test_a_bad_pair_is_left_out_and_named(hifbench, pairs_folder: Path, tmp_path: Path) -> None:
    broken = sorted((pairs_folder / "ir").iterdir())[1]
    broken.write_bytes(broken.read_bytes()[:60])
    small = sorted((pairs_folder / "ir").iterdir())[2]
    for side, level in (("ir", 9), ("vis", 90)):
        Image.new("L", (20, 20), level).save(pairs_folder / side / small.name)
    outcome = hifbench("train", "derun", "--data", pairs_folder, *QUICK)
    assert outcome.status == 0, outcome.err
    assert f"left out: {broken.stem}" in outcome.err
    assert f"left out: {small.stem}: 20x20 is smaller than the crops of 32; set the recipe's 'crop'" in outcome.err
    card = json.loads((tmp_path / "derun.json").read_text())
    assert set(card["left_out"]) == {broken.stem, small.stem}
    assert card["trained_on"].startswith("4 pairs of folder/all")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("average",), "average has no training; methods that have: .*derun.*; and detector"),
        (("derum",), "unknown method 'derum'; did you mean derun"),
        (("derun", "--set", "stage=3"), "derun: unknown key 'stage'; did you mean 'stages'"),
        (("derun", "--set", "sharing=both"), "derun: key 'sharing': .*'partial', 'siamese' or 'symmetrical'"),
        (("derun", "--set", "stages=0"), "derun: key 'stages': .*greater than or equal to 1"),
        (("derun", "--set", "sharing=siamese", "--set", "textures=1"), "siamese extractors serve VFM and SPM in pairs"),
        (("derun", "--set", "blocks=[4]"), "odd side"),
        (("derun", "--set", "stages"), "--set stages: write key=value"),
        (("derun", "--out", "w.pt"), r"weights are written as \.safetensors"),
        (("derun", "--set", "split=none"), "none"),
        (("derun", "--device", "cuda:99"), "no device 'cuda:99' here"),
        (("derun", "--set", "seed=100000000000000000000"), "seed"),
        (("derun", "--set", "sigma=nan"), "key 'sigma': .*finite"),
        (("derun", "--set", "stages=true"), "key 'stages': .*integer"),
        (("derun", "--set", "crop=400"), "no pair of folder/all can be trained on: .* smaller than the crops"),
    ],
)
def test_wrong_calls_are_one_line(hifbench, pairs_folder: Path, arguments: tuple[str, ...], message: str) -> None:
    method, *more = arguments
    outcome = hifbench("train", method, "--data", pairs_folder, *QUICK, *more)
    assert outcome.status == 2
    assert re.search(message, outcome.err), outcome.err
    assert outcome.err.strip().count("\n") <= 1


def test_weights_of_another_method_and_truncated_ones_are_named(hifbench, pairs_folder: Path, tmp_path: Path) -> None:
    assert hifbench("train", "derun", "--data", pairs_folder, *QUICK).status == 0
    ours = tmp_path / "derun.safetensors"
    with pytest.raises(WeightsError, match="holds weights of derun, not of derun-printed; use that method"):
        methods.create("derun-printed", weights=ours)
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(ours.read_bytes()[:-100])
    with pytest.raises(WeightsError, match=r"cut\.safetensors cannot be read as safetensors"):
        methods.create("derun", weights=cut)


def test_a_finished_run_repeated_changes_nothing(hifbench, pairs_folder: Path, tmp_path: Path) -> None:
    contents = []
    for _ in range(2):
        assert hifbench("train", "DERUN", "--data", pairs_folder, *QUICK).status == 0
        contents.append({path.name: path.read_bytes() for path in tmp_path.glob("derun.*")})
    assert len(contents[0]) == 5
    assert contents[0] == contents[1]


def test_files_of_others_are_not_overwritten(hifbench, pairs_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "derun.csv").write_text("mine")
    outcome = hifbench("train", "derun", "--data", pairs_folder, *QUICK)
    assert outcome.status == 2
    assert "derun.csv is in the way and not of 'hifbench train'; choose another --out" in outcome.err
    assert (tmp_path / "derun.csv").read_text() == "mine"


def test_two_calls_do_not_train_to_one_file(hifbench, pairs_folder: Path, tmp_path: Path) -> None:
    with FileLock(tmp_path / ".derun.lock"):
        outcome = hifbench("train", "derun", "--data", pairs_folder, *QUICK)
    assert outcome.status == 2
    assert "another call is training to derun.safetensors" in outcome.err


@pytest.mark.parametrize("note", ["[1]", "3", "{oops"])
def test_a_note_that_is_not_ours_is_named(tmp_path: Path, note: str) -> None:
    path = tmp_path / "w.safetensors"
    save_file({"a": torch.zeros(1)}, path, {"hifbench": note})
    with pytest.raises(WeightsError, match=r"w\.safetensors"):
        methods.create("derun", weights=path)


def test_derun_weights_without_a_note_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_file(recipe_of("derun", {}).network().state_dict(), path)
    with pytest.raises(WeightsError, match="does not say what network it holds"):
        methods.create("derun", weights=path)


def test_settings_of_the_recipe_are_checked_from_python_too() -> None:
    assert recipe_of("derun-printed", {}).model_dump()["gamma"] == 10
    with pytest.raises(UsageError, match="derun: rate must be between 0 and 1, not 2"):
        recipe_of("derun", {"rate": 2})


def test_a_smoke_run_of_the_detector_ends_with_one_that_looks(hifbench, tmp_path: Path) -> None:
    outcome = hifbench("train", "detector", "--smoke", "--limit", 2)
    assert outcome.status == 0, outcome.err
    assert "detector: 2 pairs, 2 epochs of 1 steps" in outcome.err
    card = json.loads((tmp_path / "detector.json").read_text())
    assert list(card["final_loss"]) == ["centres", "boxes", "total"]
    tiny = Tiny(tmp_path / "detector.safetensors")
    assert tiny.card.sha256 == card["sha256"]
    assert tiny.card.classes == ("person", "car")
    assert tiny.card.trained_on.startswith(
        "2 pairs (visible, infrared and average pictures, luminance) of synthetic/train"
    )
    with pytest.raises(WeightsError, match=r"detector.safetensors holds weights of detector, not of derun"):
        methods.create("derun", weights=tmp_path / "detector.safetensors")


def test_a_smoke_run_reads_few_pairs_and_stops_with_a_line(hifbench, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []

    class Pairs:
        def __init__(self, count: int) -> None:
            self.sources = [SimpleNamespace(id=str(number)) for number in range(count)]

        def first(self, count: int | None) -> Pairs:
            return Pairs(min(count or 240, 240))

        def __len__(self) -> int:
            return len(self.sources)

        def __getitem__(self, index: int) -> None:
            read.append(index)
            if index == stop:
                raise KeyboardInterrupt
            raise PairError("not drawn")

    monkeypatch.setattr("hifbench.datasets.load", lambda *_: Pairs(240))
    stop = 99
    assert "not drawn" in hifbench("train", "detector", "--smoke").err
    assert read == list(range(16))
    stop = 3
    outcome = hifbench("train", "detector", "--smoke")
    assert outcome.status == 130
    assert "stopped while reading the data; nothing was trained yet" in outcome.err


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (("crop=40",), "crop must be a multiple of 16 for the detector, not 40"),
        (("classes=[]",), "detector: key 'classes': .*at least 1"),
        (("dataset=folder", "split=all", "crop=48"), "no pair of folder/all can be trained on: nobody annotated it"),
    ],
)
def test_wrong_settings_of_the_detector_are_one_line(
    hifbench, pairs_folder: Path, settings: tuple[str, ...], message: str
) -> None:
    options = [part for setting in settings for part in ("--set", setting)]
    outcome = hifbench("train", "detector", "--data", pairs_folder, *options)
    assert outcome.status == 2
    assert re.search(message, outcome.err), outcome.err
    assert outcome.err.strip().count("\n") == 0
