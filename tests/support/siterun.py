"""A run directory made by hand, with pictures, for tests of the site: fast, and with names that try to be HTML."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from hifbench.bench.parts import write as write_part

EVIL = "<script>alert(1)</script>"
METHODS = {  # row -> SSIM of the first pair; each pair after it has .01 less
    "visible": 0.9,
    "infrared": 0.5,
    "average": 0.7,
    EVIL: 0.6,
    'a|b & "c"': 0.55,
}
METRICS = {"SSIM": "higher", "NABF": "lower"}
SIZE = (64, 48)
CONDITIONS = (("none", 0.0), ("haze", 2.0), ("haze", 5.0))


def make(
    run_dir: Path,
    *,
    pairs: int = 3,
    pictures: bool = True,
    methods: dict[str, float] = METHODS,
    metrics: dict[str, str] = METRICS,
    conditions: Sequence[tuple[str, float]] = CONDITIONS,
    lacking: int = 0,
) -> Path:
    """Write a run directory.

    Args:
        run_dir: to write.
        pairs: number of them, the second called like a script; the last one of ``average`` on clean images failed.
        pictures: whether it kept them.
        methods: rows.
        metrics: and whether higher or lower is better.
        conditions: degradation and severity.
        lacking: number of parts that are not there yet, from the last.
    """
    ids = [EVIL if index == 1 else f"p{index:05d}" for index in range(pairs)]
    cells: list[dict[str, Any]] = []
    for degradation, severity in conditions:
        for number, row in enumerate(methods):
            part = f"scores/tno/test/{degradation}-{severity:g}/m{number}/f{number}/x.parquet"
            cell = {"dataset": "tno", "split": "test", "degradation": degradation, "severity": severity, "seed": 0}
            cells.append({**cell, "method": row, "pairs": ids, "part": part, "fingerprint": f"f{number}"})
    for cell in cells[: len(cells) - lacking]:
        write_part(run_dir / cell["part"], list(_rows(cell, methods, metrics)), {})
        if pictures:
            _draw(run_dir, cell)
    cards = {
        row: {
            "name": "laplacian" if row == EVIL else row,
            "title": f"Title of {row}",
            "weights_sha256": {"w": "0" * 64},
        }
        for row in methods
    }
    metric_cards = {
        name: {"label": name, "title": name, "direction": way, "conventions": {"default": "as it should be"}}
        for name, way in metrics.items()
    }
    place = {"pairs": pairs, "coverage": f"{pairs} of {pairs}", "limit": None}
    plan = {
        "format": 1, "experiment": "own", "title": f"Title {EVIL}", "datasets": {"tno/test": place}, "skipped": {},
        "fingerprints": {}, "cells": cells, "profiles": [], "evaluations": [],
    }  # fmt: skip
    run = {
        "format": 1, "time": "2026-01-02T03:04:05.6+00:00", "command": ["hifbench", "run", "own.toml"], "seed": 0,
        "hifbench": {"version": "0.1.0", "commit": "abc", "dirty": False}, "versions": {"numpy": "2"},
        "machine": {"device": "cpu"}, "experiment": {"name": "own"}, "methods": cards, "metrics": metric_cards,
        "seen": {"tno/test": {"average": {"pairs": 1, "of": pairs, "training": "tno/train", "free": []}}},
        "datasets": {"tno": {"citation": f"Cite {EVIL}", "licence": "free"}}, "earlier_calls": [],
    }  # fmt: skip
    run_dir.mkdir(exist_ok=True)
    for name, content in (("plan", plan), ("run", run)):
        (run_dir / f"{name}.json").write_text(json.dumps(content))
    return run_dir


def _rows(cell: dict[str, Any], methods: dict[str, float], metrics: dict[str, str]) -> list[dict[str, Any]]:
    columns = {key: cell[key] for key in ("dataset", "split", "degradation", "severity", "seed", "method")}
    tasks = ["fusion"] if cell["degradation"] == "none" else ["fusion", "fusion-clean"]
    rows = []
    for index, pair in enumerate(cell["pairs"]):
        fails = cell["method"] == "average" and cell["severity"] == 0 and index == len(cell["pairs"]) - 1
        value = methods[cell["method"]] * (1 - cell["severity"] / 10) - index / 100
        for task in tasks:
            for metric, way in metrics.items():
                row = {**columns, "pair": pair, "task": task, "metric": metric, "convention": "default"}
                of_metric = value if way == "higher" else 1 - value
                error = f"it failed {EVIL}" if fails else None
                rows.append({**row, "value": None if fails else of_metric, "error": error})
    return rows


def _draw(run_dir: Path, cell: dict[str, Any]) -> None:
    dataset, split, condition, method = Path(cell["part"]).parts[1:5]
    for index, pair in enumerate(cell["pairs"]):
        shade = 40 * index + 20 * int(method[1:]) + int(cell["severity"])
        sources = run_dir / "sources" / dataset / split
        for path, level, note in (
            (run_dir / "fused" / dataset / split / condition / method, shade, cell["fingerprint"]),
            (sources / "infrared", 10 + index, "ir"),
            (sources / "visible" / condition, 200 + index + int(cell["severity"]), "vis"),
        ):
            file = path / f"{pair}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            text = PngInfo()
            text.add_text("hifbench", note)
            y, x = np.mgrid[: SIZE[1], : SIZE[0]]
            Image.fromarray(((x + 2 * y + level) % 256).astype(np.uint8)).save(file, pnginfo=text)
