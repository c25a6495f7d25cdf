"""What is recorded with every run, so that anybody can tell how a number came about."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from .. import __version__
from ..datasets import DATASETS
from ..metrics._compute import select
from . import leaks
from .cell import Cell
from .engine import threads_each
from .experiment import Experiment
from .files import read_json, write_json
from .origins.lookup import origin_of
from .plan import Plan
from .worker import Setup

RUN_FILE = "run.json"
LIBRARIES = (
    *("torch", "numpy", "scipy", "pandas", "pyarrow", "scikit-image", "pywavelets", "pillow", "av"),
    *("onnxruntime", "ultralytics-opencv-headless", "torchvision", "ai-edge-litert"),
)


def record(
    run_dir: Path,
    plan: Plan,
    cells: Sequence[Cell],
    experiment: Experiment,
    setup: Setup,
    detectors: Mapping[str, Any],
    *,
    workers: int,
    computes: bool,
) -> None:
    """Write ``run.json``; what earlier calls recorded of this folder's other methods and data sets is kept.

    A call that computes nothing leaves the record of those that did as it is.

    Args:
        run_dir: the run directory.
        plan: of the run directory.
        cells: those of the call's experiment, whichever shard of it computes them.
        experiment: as resolved.
        setup: of the workers.
        detectors: cards of what looks for objects.
        workers: that work at a time.
        computes: whether there is anything to compute.
    """
    earlier = read_json(run_dir / RUN_FILE)
    if earlier and not computes:
        return
    call = {
        "time": setup.call,
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "experiment": {"name": plan.name, **experiment.model_dump()},
        "seed": experiment.seed,
        "hifbench": {"version": __version__, **source_state()},
        "versions": versions(),
        "machine": machine(setup.device, workers),
    }
    metrics = earlier.get("metrics", {})
    for name, card in (_metrics(experiment) if "fusion" in experiment.tasks else {}).items():
        conventions = {**metrics.get(name, {}).get("conventions", {}), **card["conventions"]}
        metrics[name] = {**card, "conventions": conventions}
    content = {
        "format": 1,
        **call,
        "earlier_calls": [*earlier.get("earlier_calls", []), *_call_of(earlier, list(call))],
        "data": plan.datasets,
        "datasets": {**earlier.get("datasets", {}), **_datasets(cells)},
        "methods": {**earlier.get("methods", {}), **(methods := _methods(cells))},
        "seen": _seen(cells, methods, earlier.get("seen", {})),
        "metrics": metrics,
        "detectors": {**earlier.get("detectors", {}), **detectors},
    }
    write_json(run_dir / RUN_FILE, content)


def _call_of(earlier: dict[str, Any], keys: list[str]) -> list[dict[str, Any]]:
    return [{key: earlier.get(key) for key in keys}] if earlier else []


def _datasets(cells: Sequence[Cell]) -> dict[str, Any]:
    return {cell.dataset.shown: asdict(DATASETS.get(cell.dataset.name).card) for cell in cells}


def _methods(cells: Sequence[Cell]) -> dict[str, Any]:
    cards = {}
    for row, (choice, fault) in {cell.method.row: (cell.method, cell.fault) for cell in cells}.items():
        origin = origin_of(choice)
        card = replace(origin.card, trained_on=fault) if fault else origin.final_card()
        cards[row] = {**asdict(card), "options": choice.options, "remarks": origin.remarks()}
    return cards


def _seen(cells: Sequence[Cell], methods: dict[str, Any], earlier: dict[str, Any]) -> dict[str, Any]:
    """``data set/split`` -> row -> how many of the tested pairs it was trained on, and which splits have none."""
    tested: dict[tuple[str, str, str], dict[str, None]] = {}
    for cell in cells:
        key = (f"{cell.dataset.shown}/{cell.dataset.split}", cell.method.row, cell.dataset.name)
        tested.setdefault(key, {}).update(dict.fromkeys(cell.pairs))
    found = {place: dict(rows) for place, rows in earlier.items()}
    for (place, row, dataset), ids in tested.items():
        training = methods[row].get("training_data", "")
        pairs, free = leaks.seen(training, dataset, list(ids))
        found.setdefault(place, {}).pop(row, None)
        if pairs:
            found[place][row] = {"pairs": len(pairs), "of": len(ids), "training": training, "free": free}
    return found


def _metrics(experiment: Experiment) -> dict[str, Any]:
    described: dict[str, Any] = {}
    for column in select(experiment.metrics, experiment.conventions):
        metric = column.metric
        option = column.name.partition("@")[2]
        card = {
            "label": f"{metric.shown}@{option}" if option else metric.shown,
            "title": metric.title,
            "direction": metric.direction,
            "reference": metric.reference,
            "version": metric.version,
            "conventions": {},
        }
        described.setdefault(column.name, card)["conventions"][column.convention] = column.behaviour.note
    return described


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that values may depend on."""
    found = {"python": platform.python_version()}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            found[library] = "not installed"
    return found


def machine(device: str, workers: int = 1) -> dict[str, Any]:
    """The machine and the device that worked; the threads are those of each worker."""
    described: dict[str, Any] = {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "device": device,
        "workers": workers,
        "threads": threads_each(workers),
    }
    if device.startswith("cuda"):
        described["gpu"] = torch.cuda.get_device_name(torch.device(device))
        described["cuda"] = torch.version.cuda
    return described


def source_state() -> dict[str, Any]:
    """Commit of the source tree and whether it was changed; None for an installed package."""
    root = Path(__file__).resolve().parents[1]
    if not (root / ".git").exists():
        return {"commit": None, "dirty": None}
    try:
        commit, status = (
            subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True).stdout
            for arguments in (["rev-parse", "HEAD"], ["status", "--porcelain"])
        )
    except (OSError, subprocess.CalledProcessError):
        return {"commit": None, "dirty": None}
    return {"commit": commit.strip(), "dirty": bool(status.strip())}
