"""What is recorded with every run, so that anybody can tell how a number came about."""

from __future__ import annotations

import platform
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from .. import __version__
from ..datasets import DATASETS
from ..methods import METHODS
from ..metrics._compute import select
from .experiment import Experiment
from .files import read_json, write_json
from .plan import Plan

RUN_FILE = "run.json"
LIBRARIES = ("torch", "numpy", "scipy", "pandas", "pyarrow", "scikit-image", "pywavelets", "pillow")


def record(run_dir: Path, plan: Plan, experiment: Experiment, device: str) -> None:
    """Write ``run.json``; cards of methods and data sets that an earlier call ran in this folder are kept.

    Args:
        run_dir: the run directory.
        plan: of this call.
        experiment: as resolved.
        device: the methods' and metrics' device.
    """
    earlier = read_json(run_dir / RUN_FILE)
    call = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "experiment": {"name": plan.name, **experiment.model_dump()},
        "seed": experiment.seed,
        "hifbench": {"version": __version__, **source_state()},
        "versions": versions(),
        "machine": machine(device),
    }
    datasets = {key.split("/")[0]: DATASETS.get(key.split("/")[0]) for key in plan.datasets}
    write_json(
        run_dir / RUN_FILE,
        {
            "format": 1,
            **call,
            "earlier_calls": [*earlier.get("earlier_calls", []), *_call_of(earlier, list(call))],
            "data": {**earlier.get("data", {}), **plan.datasets},
            "datasets": {
                **earlier.get("datasets", {}),
                **{name: asdict(dataset.card) for name, dataset in datasets.items()},
            },
            "methods": {**earlier.get("methods", {}), **_methods(plan)},
            "metrics": {**earlier.get("metrics", {}), **_metrics(experiment)},
        },
    )


def _call_of(earlier: dict[str, Any], keys: list[str]) -> list[dict[str, Any]]:
    return [{key: earlier.get(key) for key in keys}] if earlier else []


def _methods(plan: Plan) -> dict[str, Any]:
    cards = {}
    for cell in plan.cells:
        described = plan.fingerprints.get(cell.fingerprint, {}).get("method")
        if described and cell.method.row not in cards:
            card = asdict(METHODS.get(cell.method.name).card)
            cards[cell.method.row] = {
                **card,
                "options": cell.method.options,
                "weights_sha256": described["weights"],
            }
    return cards


def _metrics(experiment: Experiment) -> dict[str, Any]:
    described = {}
    for column in select(experiment.metrics, experiment.convention):
        metric = column.metric
        option = column.name.partition("@")[2]
        described[column.name] = {
            "label": f"{metric.shown}@{option}" if option else metric.shown,
            "title": metric.title,
            "direction": metric.direction,
            "bounds": [str(bound) for bound in metric.bounds],
            "convention": column.convention,
            "note": column.behaviour.note,
            "reference": metric.reference,
            "version": metric.version,
        }
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


def machine(device: str) -> dict[str, Any]:
    """The machine and the device that worked."""
    described: dict[str, Any] = {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "device": device,
        "threads": torch.get_num_threads(),
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
