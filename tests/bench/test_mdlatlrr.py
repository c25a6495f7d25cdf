"""Learning the projection of MDLatLRR: the file it leaves, and what it refuses."""

from __future__ import annotations

import errno
import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from rich.status import Status

from hifbench import methods
from hifbench.bench.mdlatlrr import main
from hifbench.methods._weights import load_tensors


def quick(pairs: Path, out: Path) -> list[str]:
    return [*map(str, ("--data", pairs, "--dataset", "folder", "--split", "all", "--patches", 20, "--out", out))]


def test_learns_a_projection_that_loads_and_names_what_it_leaves_out(
    pairs_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for side, grey in (("ir", 10), ("vis", 20)):
        Image.new("L", (30, 10), grey).save(pairs_folder / side / "small.png")
    out = tmp_path / "new" / "own.safetensors"
    out.parent.mkdir()
    out.write_text("of an earlier call")
    out.with_suffix(".json").write_text('{"method": "mdlatlrr"}')
    assert main(quick(pairs_folder, out)) == 0
    assert "left out: small: smaller than 16x16" in capsys.readouterr().err
    assert sorted(path.name for path in out.parent.iterdir()) == ["own.json", "own.safetensors"]
    matrix = load_tensors(out)["matrix"].double()
    assert torch.linalg.matrix_rank(matrix, rtol=1e-3) <= 40  # of 40 patches
    method = methods.create("mdlatlrr", weights=out)
    assert method.card.trained_on == "20 detail and 20 smooth patches of 6 pairs of folder/all"
    assert bool(method.fuse(*torch.rand(2, 1, 1, 20, 20)).isfinite().all())
    card = json.loads(out.with_suffix(".json").read_text())
    recipe = {"dataset": "folder", "split": "all", "limit": None, "each": 20, "weight": 0.4, "seed": 0}
    assert card["recipe"] == recipe


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--out", "own.bin"), "weights are written as .safetensors"),
        (("--patches", "0"), "both must be positive"),
        (("--patches", "5000"), r"folder/all cannot be learned from: the images have \d+ detail patches, not 5000"),
        (("--dataset", "foldr"), "unknown data set 'foldr'"),
        (("--out", "taken.safetensors"), r"taken.safetensors is in the way"),
        (("--out", "mine.safetensors"), r"mine.json is in the way"),
        (("--out", "folder.safetensors"), r"folder.safetensors is in the way"),
        (("--limit", "-1"), "--limit -1: there must be a pair"),
        (("--limit", "0"), "--limit 0: there must be a pair"),
    ],
)
def test_refusals_are_one_line(
    pairs_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken.safetensors").write_text("somebody's")
    (tmp_path / "mine.json").write_text('{"name": "somebody"}')
    (tmp_path / "folder.safetensors").mkdir()
    (tmp_path / "folder.json").write_text('{"method": "mdlatlrr"}')
    status = main(["--data", str(pairs_folder), "--dataset", "folder", "--split", "all", *arguments])
    complaint = capsys.readouterr().err
    assert status == 2
    assert complaint.count("\n") == 1
    assert re.search(message, complaint), complaint
    assert (tmp_path / "taken.safetensors").read_text() == "somebody's"
    assert (tmp_path / "mine.json").read_text() == '{"name": "somebody"}'


def test_the_iterations_are_shown(pairs_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    class Recorded(Status):
        def update(self, status: object = None, **styles: Any) -> None:
            shown.append(str(status))

    monkeypatch.setattr("hifbench.bench.mdlatlrr.waiting", Recorded)
    out = tmp_path / "own.safetensors"
    assert main(quick(pairs_folder, out)) == 0
    iterations = json.loads(out.with_suffix(".json").read_text())["iterations"]
    assert len(shown) == iterations
    assert f"iteration {iterations}, largest miss " in shown[-1]


def test_a_full_disk_is_one_line(
    pairs_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("hifbench.bench.mdlatlrr.write_weights", full)
    assert main(quick(pairs_folder, tmp_path / "own.safetensors")) == 2
    assert capsys.readouterr().err.endswith(
        "own.safetensors (No space left on device); make room, or choose another --out\n"
    )
