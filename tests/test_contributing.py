"""The examples of CONTRIBUTING.md, as files of a copy of the package; and what the README promises."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from safetensors.torch import load_file

import hifbench

ROOT = Path(__file__).parents[1]


def examples() -> dict[str, str]:
    blocks = re.findall(r"```python\n# (\S+\.py)\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
    return dict(blocks)


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment whose ``hifbench`` is a copy with the examples added."""
    site = tmp_path_factory.mktemp("site")
    package = site / "hifbench"
    source = Path(hifbench.__file__).parent
    package.mkdir()
    for name in ("bench", "datasets", "detection", "methods", "metrics", "reports"):
        shutil.copytree(source / name, package / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in source.glob("*.py"):
        shutil.copy(path, package)
    for name, text in examples().items():
        (package / name).write_text(text)
    return {**os.environ, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}


def test_the_examples_work_as_files_of_the_package(extended: dict[str, str], tmp_path: Path) -> None:
    assert set(examples()) == {
        "metrics/sd.py",
        "methods/share.py",
        "methods/weighted.py",
        "datasets/twins.py",
        "datasets/degradations/dim.py",
    }
    pixels = {}
    for scene in ("1", "2"):
        for side in "ab":
            path = tmp_path / "Twins" / scene / f"{side}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            pixels[scene, side] = np.random.default_rng(ord(side) * int(scene)).integers(0, 256, (32, 40))
            Image.fromarray(pixels[scene, side].astype(np.uint8)).save(path)
    own = tmp_path / "own.toml"
    own.write_text(
        'title = "T"\nmethods = [{ name = "weighted", options = { infrared = 0.2 } }]\nmetrics = ["SD", "SD@sample"]\n'
        '[[datasets]]\nname = "twins"\n[[degradations]]\nname = "dim"\nseverities = [1]\n'
    )
    command = [sys.executable, "-m", "hifbench", "run", own, "--data", tmp_path, "--out", tmp_path / "run"]
    done = subprocess.run(command, env=extended, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    scores = pd.read_parquet(tmp_path / "run" / "scores")
    clean = scores[(scores["severity"] == 0)].set_index(["pair", "metric"])["value"]
    for scene in ("1", "2"):
        fused = np.rint(0.2 * pixels[scene, "a"] + 0.8 * pixels[scene, "b"])  # never a tie
        assert clean[scene, "SD"] == pytest.approx(fused.std(), rel=1e-12)
        assert clean[scene, "SD@sample"] / clean[scene, "SD"] == pytest.approx((1280 / 1279) ** 0.5, rel=1e-12)


def test_the_trained_example_is_trained_and_runs(extended: dict[str, str], tmp_path: Path) -> None:
    weights = tmp_path / "share.safetensors"
    for command in (
        ["train", "share", "--limit", "4", "--set", "epochs=60", "--set", "rate=0.05", "--out", weights],
        ["run", "own.toml", "--out", "run", "--limit", "1"],
    ):
        (tmp_path / "own.toml").write_text(
            f'title = "T"\nmethods = [{{ name = "share", weights = "{weights}" }}]\nmetrics = ["PSNR"]\n'
            '[[datasets]]\nname = "synthetic"\n'
        )
        called = [sys.executable, "-m", "hifbench", *command]
        done = subprocess.run(called, env=extended, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    share = load_file(weights)["share"].item()
    assert 0 < share < 1  # the brighter source is now one, now the other
    card = json.loads((tmp_path / "run" / "run.json").read_text())["methods"]["share"]
    assert card["trained_on"] == "4 pairs of synthetic/train; 60 epochs"


def test_ci_calls_the_readmes_test_command() -> None:
    commands = re.findall(r"```sh\n(.*?)\n```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert commands[1] in (ROOT / ".ci" / "run").read_text().splitlines()


def test_the_readmes_python_runs() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    names: dict[str, object] = {}
    exec(code, names)
    assert set(names["values"]) == {"SSIM", "VIF"}  # type: ignore[call-overload]


def test_the_readmes_experiment_is_valid() -> None:
    from hifbench.bench.experiment import parse

    (text,) = re.findall(r"```toml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert [choice.row for choice in parse(text, "README.md").chosen_methods()] == ["average", "laplacian-2"]
