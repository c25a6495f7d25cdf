"""Reading a run directory: its scores, and what of its plan is missing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import UsageError

GROUP = ["dataset", "split", "degradation", "severity", "seed"]
"""Columns that tell tables apart, together with ``task``."""


@dataclass(frozen=True)
class Results:
    """A run directory.

    Attributes:
        plan: content of ``plan.json``.
        run: content of ``run.json``.
        scores: long table of all parts that the plan expects, see ``design`` of the columns in the README.
        missing: cells of the plan whose part is not there.
    """

    plan: dict[str, Any]
    run: dict[str, Any]
    scores: pd.DataFrame
    missing: list[dict[str, Any]]


def read(run_dir: Path) -> Results:
    """Read a run directory.

    Raises:
        UsageError: it is no run directory, or a file in it is damaged.
    """
    plan, run = _read_json(run_dir / "plan.json", run_dir), _read_json(run_dir / "run.json", run_dir)
    frames, missing = [], []
    for cell in plan["cells"]:
        path = run_dir / cell["part"]
        if not path.is_file():
            missing.append(cell)
            continue
        try:
            frames.append(pd.read_parquet(path))
        except (OSError, ValueError) as error:
            raise UsageError(f"{path} is damaged ({error}); delete it and run the experiment again") from error
    if not frames:
        raise UsageError(f"{run_dir} holds no scores yet; run 'hifbench run {plan['experiment']} --out {run_dir}'")
    return Results(plan, run, pd.concat(frames, ignore_index=True), missing)


def _read_json(path: Path, run_dir: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"{run_dir} is no run directory: it has no {path.name}; give the --out of a run") from error
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read ({error}); run the experiment again") from error
    return content
