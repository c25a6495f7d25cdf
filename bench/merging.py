"""Several run directories as one: methods that ran on different machines stand in one table."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import UsageError
from . import evaluations, parts
from .cell import Cell
from .comparability import CALL, CARDS, Run, read_run, refuse_unlike
from .efficiency.planned import Planned
from .files import write_json
from .kept import all_paths, is_of_cell
from .plan import Plan
from .provenance import RUN_FILE


def merge(run_dirs: Sequence[Path], out: Path) -> Plan:
    """Make one run directory of several; they stay as they are.

    A row that is in several of them is taken once; of a part that several hold, one that needs no other try is
    preferred. Kept pictures come along, weights that a run trained do not.

    Args:
        run_dirs: two or more.
        out: must not exist; it is there whole or not at all.

    Returns:
        The plan of the merged run. Some of its parts may be in none of the runs.

    Raises:
        UsageError: something is no run directory, is damaged, or does not compare with the others; or ``out`` exists.
    """
    if len({path.resolve() for path in run_dirs}) < max(len(run_dirs), 2):
        raise UsageError("give two or more different run directories")
    if out.exists():
        raise UsageError(f"{out} exists; choose another --out, since a merged run is always a new folder")
    runs = [read_run(path) for path in run_dirs]
    refuse_unlike(runs)
    plan = _plan(runs)
    hidden = out.with_name(f".{out.name}.{uuid.uuid4().hex}.tmp")
    try:
        hidden.mkdir(parents=True)
        _copy_parts(runs, plan, hidden)
        _copy_pictures(runs, plan, hidden)
        plan.write(hidden)
        write_json(hidden / RUN_FILE, _record(runs, plan))
        evaluations.complete(hidden, plan.evaluations, str(runs[0].record["time"]))
        hidden.replace(out)
    except OSError as error:
        raise UsageError(
            f"cannot merge into {out} ({error.strerror or error}); free space or choose another --out"
        ) from error
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
    return plan


def _plan(runs: Sequence[Run]) -> Plan:
    first = runs[0].plan
    merged = Plan(first.name, first.title, [])
    cells: dict[str, Cell] = {}
    profiles: dict[str, Planned] = {}
    for run in runs:
        cells |= {cell.part: cell for cell in run.plan.cells if cell.part not in cells}
        profiles |= {profile.part: profile for profile in run.plan.profiles if profile.part not in profiles}
        merged.fingerprints |= run.plan.fingerprints
        merged.datasets |= run.plan.datasets
        merged.skipped |= run.plan.skipped
    merged.cells, merged.profiles = list(cells.values()), list(profiles.values())
    there = {cell.method.row for cell in merged.cells} | {f"data set {cell.dataset.shown}" for cell in merged.cells}
    merged.skipped = {row: why for row, why in merged.skipped.items() if row not in there}
    return merged


def _copy_parts(runs: Sequence[Run], plan: Plan, out: Path) -> None:
    for part in plan.parts:
        sources = [path for run in runs if (path := run.path / part).is_file()]
        for path in sources:
            try:
                pq.read_metadata(path)
            except (OSError, pa.ArrowException) as error:
                raise UsageError(f"{path} is damaged ({error}); delete it and run the experiment again") from error
        if sources:
            _copy(next((path for path in sources if parts.is_final(path)), sources[0]), out / part)


def _copy_pictures(runs: Sequence[Run], plan: Plan, out: Path) -> None:
    for cell in plan.cells:
        for id in cell.pairs:
            # A run may still hold a picture that other weights made; its sources come from where the picture does.
            kept = next((run.path for run in runs if is_of_cell(run.path, cell, id)), None)
            if kept:
                for source, target in zip(all_paths(kept, cell, id), all_paths(out, cell, id), strict=True):
                    if source.is_file() and not target.exists():
                        _copy(source, target)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _record(runs: Sequence[Run], plan: Plan) -> dict[str, Any]:
    """Content of ``run.json``: the first run's call, the cards of all, and where each row came from."""
    merged: dict[str, Any] = {"format": 1, **{key: runs[0].record[key] for key in CALL}}
    calls = [call for run in runs for call in run.record.get("earlier_calls", [])]
    merged["earlier_calls"] = [*({key: run.record[key] for key in CALL} for run in runs[1:]), *calls]
    for key in CARDS:
        merged[key] = {}
        for run in runs:
            merged[key] |= {name: card for name, card in run.record[key].items() if name not in merged[key]}
    seen: dict[str, dict[str, Any]] = {}
    for run in runs:
        for place, rows in run.record.get("seen", {}).items():
            seen.setdefault(place, {}).update(rows)
    merged["seen"] = seen
    merged["merged"] = [
        {
            "run": run.path.as_posix(),
            **{key: run.record[key] for key in CALL if key != "experiment"},
            "rows": list(dict.fromkeys(cell.method.row for cell in run.plan.cells)),
            "parts": sum((run.path / part).is_file() for part in run.plan.parts),
            "merged": run.record.get("merged", []),
        }
        for run in runs
    ]
    return merged
