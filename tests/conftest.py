"""What all tests share: the command in this process, small generated pictures, and the shared facts."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from hifbench.bench.cli import main


class Outcome(NamedTuple):
    status: int
    out: str
    err: str


Command = Callable[..., Outcome]


@pytest.fixture
def hifbench(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """Call the command line in this process, in an empty folder, with no data root and no weights."""
    for variable in ("HIFBENCH_DATA", "HIFBENCH_WEIGHTS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["hifbench", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = capfd.readouterr()
        code = stop.value.code
        return Outcome(code if isinstance(code, int) else 0, out, err)

    return call


@pytest.fixture
def nothing_shipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As if no weights came with the package."""
    monkeypatch.setattr("hifbench.methods._weights.files", lambda package: tmp_path / "not shipped")


def picture(index: int, height: int, width: int, channels: int) -> np.ndarray:
    """A smooth picture with some texture, another one for each index."""
    random = np.random.default_rng(index)
    y, x = np.mgrid[:height, :width] / 16
    planes = []
    for _ in range(channels):
        a, b, phase = random.uniform(0.2, 2, 3)
        planes.append(127 + 80 * np.sin(a * x + phase) * np.cos(b * y) + random.normal(0, 8, (height, width)))
    return np.clip(np.rint(np.stack(planes, -1)), 0, 255).astype(np.uint8).squeeze()


@pytest.fixture
def pairs_folder(tmp_path: Path) -> Path:
    """A data root with the folders ``ir`` and ``vis``: six pairs of 64x48, grey and colour."""
    root = tmp_path / "pairs"
    for index in range(6):
        for side, channels in (("ir", 1), ("vis", 1 if index % 2 else 3)):
            path = root / side / f"p{index}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture(2 * index + (side == "vis"), 48, 64, channels)).save(path)
    return root


@pytest.fixture
def experiment(tmp_path: Path) -> Path:
    """An experiment on ``pairs_folder``: three methods, four metrics, two chunks."""
    path = tmp_path / "own.toml"
    path.write_text(
        'title = "Own pairs"\nmethods = ["average", "infrared", "laplacian"]\nchunk = 4\n'
        'metrics = ["EN", "AG", "PSNR", "SSIM"]\n[[datasets]]\nname = "folder"\n'
    )
    return path


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of facts and references beside the checkout; without it the test is skipped."""
    root = os.environ.get("HIFBENCH_SHARED")
    if not root:
        pytest.skip("HIFBENCH_SHARED is not set: no real images, checkpoints and golden values at hand")
    return Path(root)
