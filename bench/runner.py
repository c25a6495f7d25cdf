"""One run: plan what is missing, work it off, and say what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from filelock import FileLock

from ..errors import UsageError
from ..methods._create import check_device
from . import evaluations, kept, parts, plan, provenance
from .cell import Cell
from .efficiency.apart import Failure, measure_apart
from .efficiency.planned import Planned
from .efficiency.profile import Profile
from .efficiency.rows import rows_of
from .engine import Engine
from .experiment import Experiment
from .files import writable_folder
from .judges import Judges
from .shard import Shard
from .worker import Receipt, Setup


@dataclass(frozen=True)
class Job:
    """A planned run, ready to be worked off.

    Attributes:
        run_dir: the run directory.
        plan: what the run directory is expected to hold.
        cells: those of it that this call asks for.
        setup: for the workers.
        todo: those of them that are not there yet.
        profiles: those of the plan that this call asks for; the first shard measures them, so that all are of one
            machine.
    """

    run_dir: Path
    plan: plan.Plan
    cells: list[Cell]
    setup: Setup
    todo: list[Cell]
    profiles: list[Planned]

    def unmeasured(self) -> list[Planned]:
        """Those of the profiles that are not there yet."""
        return [profile for profile in self.profiles if not parts.is_final(self.run_dir / profile.part)]

    def scores(self) -> list[str]:
        """Parts of scores that this call's cells make up, or are part of."""
        own = {cell.group for cell in self.cells}
        of_all = [row.part for row in self.plan.evaluations if row.cell.group in own]
        return [*(cell.part for cell in self.cells if not cell.detector), *of_all]

    def has_scores(self) -> bool:
        """Whether any part of scores is there."""
        return any((self.run_dir / part).is_file() for part in self.plan.parts if part.startswith(parts.SCORES))

    def missing(self) -> list[Cell]:
        """Cells of the plan whose part is not there, be it this call's or another shard's to compute."""
        return [cell for cell in self.plan.cells if not (self.run_dir / cell.part).is_file()]


def prepare(
    name: str,
    experiment: Experiment,
    *,
    run_dir: Path,
    data_root: Path | None = None,
    limit: int | None = None,
    named: tuple[str, ...] = (),
    training: Mapping[str, Mapping[str, Any]] | None = None,
    judges: Judges | None = None,
    device: str = "cpu",
    keep_fused: bool = False,
    shard: Shard | None = None,
    workers: int = 1,
) -> Job:
    """Plan a run, write ``plan.json`` and ``run.json``, and find out what is left to do.

    Args:
        name: of the experiment.
        experiment: validated.
        run_dir: where results go; parts that are there already are not computed again.
        data_root: the folder that holds one folder per data set.
        limit: use the first so many pairs of each data set.
        named: rows and data sets that the user asked for by name; missing weights or data of theirs are an error.
        training: row whose weights the run trained -> facts on that, see :func:`hifbench.bench.plan.make`.
        judges: what looks for objects; None where that is not among the experiment's tasks.
        device: ``cpu``, ``cuda`` or ``cuda:i``.
        keep_fused: keep the fused pictures and their sources.
        shard: of the planned cells this call asks for; all of them when left out.
        workers: that will work at a time, for the record.

    Raises:
        UsageError: the run cannot be carried out as asked.
        WeightsError: a method that the user named has no usable weights.
    """
    check_device(device)
    made = plan.make(
        name, experiment, data_root, limit=limit, named=named, training=training, judges=judges, device=device
    )
    call = datetime.now(UTC).isoformat(timespec="microseconds")
    metrics, conventions = tuple(experiment.metrics), tuple(experiment.conventions)
    setup = Setup(run_dir, data_root, device, metrics, conventions, keep_fused, call, experiment.depth)
    planned, profiles = list(made.cells), list(made.profiles)
    cells = shard.of(planned) if shard else planned
    writable_folder(run_dir)
    with FileLock(run_dir / ".lock"):  # another call may be planning in the same folder
        made.merge(run_dir)
        made.write(run_dir)
        parts.arrange(run_dir, made.parts)
        todo = [cell for cell in cells if not _done(run_dir, cell, keep_fused)]
        job = Job(run_dir, made, cells, setup, todo, [] if shard and shard.index > 1 else profiles)
        cards = judges.cards() if judges else {}
        computes = bool(todo or job.unmeasured())
        provenance.record(run_dir, made, planned, experiment, setup, cards, workers=workers, computes=computes)
    return job


def work_off(job: Job, engine: Engine, on_cell: Callable[[Receipt], None]) -> None:
    """Compute what is left to do.

    Args:
        job: as prepared.
        engine: where to work.
        on_cell: called with the receipt of each cell.

    Raises:
        UsageError: results cannot be written.
    """
    if not job.todo:
        return  # a second call loads no model
    try:
        with closing(engine.map(job.setup, job.todo)) as receipts:
            for receipt in receipts:
                on_cell(receipt)
    except OSError as error:
        raise UsageError(
            f"cannot write results to {job.run_dir} ({error.strerror or error}); free space or choose another --out"
        ) from error


def evaluate(job: Job, on_row: Callable[[evaluations.Planned], None] = lambda row: None) -> list[evaluations.Planned]:
    """Compute average precision wherever all boxes are there, be they this call's or another shard's.

    Args:
        job: as prepared, its cells worked off.
        on_row: called before each row of a table, for a progress display.

    Raises:
        UsageError: results cannot be read or written.
    """
    return evaluations.complete(job.run_dir, job.plan.evaluations, job.setup.call, on_row)


def measure(
    job: Job,
    on_phase: Callable[[Planned, str], None],
    on_profile: Callable[[Planned, Profile | Failure], None],
    on_wait: Callable[[], None],
) -> None:
    """Measure what the methods cost, one after the other, when nothing else is at work.

    Args:
        job: as prepared, its cells worked off.
        on_phase: told what is measured now.
        on_profile: called after each method, with what came of it.
        on_wait: called at least once a second; what it raises ends the measurement.

    Raises:
        UsageError: results cannot be written.
    """
    for planned in job.unmeasured():
        outcome = measure_apart(planned.request, partial(on_phase, planned), on_wait)
        again = isinstance(outcome, Failure) and outcome.again
        path = job.run_dir / planned.part
        try:
            parts.write(path, rows_of(planned.request, outcome), {"call": job.setup.call}, again=again)
        except OSError as error:
            raise UsageError(f"cannot write {path} ({error.strerror or error}); free space") from error
        on_profile(planned, outcome)


def _done(run_dir: Path, cell: Cell, keep_fused: bool) -> bool:
    """Whether the cell's part is there, and where pictures are kept, they are too."""
    return parts.is_final(run_dir / cell.part) and (not keep_fused or kept.are_kept(run_dir, cell))
