"""One run: plan what is missing, work it off, and say what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import UsageError
from ..methods._create import check_device
from . import parts, plan, provenance
from .cell import Cell
from .engine import Engine
from .experiment import Experiment
from .files import writable_folder
from .worker import Receipt, Setup, Worker, fused_path


@dataclass(frozen=True)
class Job:
    """A planned run, ready to be worked off.

    Attributes:
        run_dir: the run directory.
        plan: what is expected.
        setup: for the workers.
        todo: cells that are not there yet.
        reused: number of cells that were there.
    """

    run_dir: Path
    plan: plan.Plan
    setup: Setup
    todo: list[Cell]
    reused: int


def prepare(
    name: str,
    experiment: Experiment,
    *,
    run_dir: Path,
    data_root: Path | None = None,
    limit: int | None = None,
    named: tuple[str, ...] = (),
    device: str = "cpu",
    keep_fused: bool = False,
) -> Job:
    """Plan a run, write ``plan.json`` and ``run.json``, and find out what is left to do.

    Args:
        name: of the experiment.
        experiment: validated.
        run_dir: where results go; parts that are there already are not computed again.
        data_root: the folder that holds one folder per data set.
        limit: use the first so many pairs of each data set.
        named: rows that the user asked for by name; their missing weights are an error.
        device: ``cpu``, ``cuda`` or ``cuda:i``.
        keep_fused: keep the fused pictures.

    Raises:
        UsageError: the run cannot be carried out as asked.
        WeightsError: a method that the user named has no usable weights.
    """
    check_device(device)
    made = plan.make(name, experiment, data_root, limit=limit, named=named)
    setup = Setup(run_dir, data_root, device, tuple(experiment.metrics), experiment.convention, keep_fused)
    writable_folder(run_dir)
    of_this_call = list(made.cells)
    made.write(run_dir)
    parts.arrange(run_dir, (cell.part for cell in made.cells))
    provenance.record(run_dir, made, experiment, device)
    todo = [cell for cell in of_this_call if not _done(run_dir, cell, keep_fused)]
    return Job(run_dir, made, setup, todo, len(of_this_call) - len(todo))


def work_off(job: Job, engine: Engine, *, on_pair: Callable[[], None], on_cell: Callable[[Receipt], None]) -> None:
    """Compute what is left to do.

    Args:
        job: as prepared.
        engine: where to work.
        on_pair: called after each pair that was worked on in this process.
        on_cell: called with the receipt of each cell.

    Raises:
        UsageError: results cannot be written.
    """
    if not job.todo:
        return  # a second call loads no model
    try:
        for receipt in engine.map(lambda: Worker(job.setup, on_pair), job.todo):
            on_cell(receipt)
    except OSError as error:
        raise UsageError(
            f"cannot write results to {job.run_dir} ({error.strerror or error}); free space or choose another --out"
        ) from error


def _done(run_dir: Path, cell: Cell, keep_fused: bool) -> bool:
    if not (run_dir / cell.part).is_file():
        return False
    return not keep_fused or any(fused_path(run_dir, cell, id).is_file() for id in cell.pairs)
