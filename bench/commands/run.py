"""``hifbench run``: an experiment, from images to tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from ...errors import UsageError
from ...methods._training.trainer import Trained
from ...reports import results
from ...reports.failures import failures
from ...reports.leaderboards import leaderboards
from ...reports.robustness import robustness
from .. import evaluations, overrides, parts, runner, variants
from .. import experiment as experiments
from ..cell import Cell
from ..efficiency.apart import Failure
from ..efficiency.others import busy
from ..efficiency.planned import Planned
from ..efficiency.profile import Profile
from ..engine import Engine, Inline
from ..origins.lookup import origin_of
from ..origins.naming import resolve
from ..processes import Processes
from ..retraining import Retrained
from ..shard import Shard
from ..worker import Receipt
from ..writers import writing
from . import detection
from .progress import progress
from .report import SHOWN_ERRORS, show
from .shared import DataRoot, Device, interruptible, iteration_bar, names, say, waiting


class EngineName(StrEnum):
    """Choices of ``--engine``."""

    INLINE = "inline"
    PROCESSES = "processes"


def command(
    experiment: Annotated[str, typer.Argument(help="Name of an experiment, or path of a TOML file.")],
    data: DataRoot = None,
    out: Annotated[Path | None, typer.Option(help="Run directory; runs/EXPERIMENT when left out.")] = None,
    methods: Annotated[str | None, typer.Option(help="Run these methods instead, separated by commas.")] = None,
    added: Annotated[
        list[str] | None,
        typer.Option("--method", metavar="NAME|module:callable", help="Run this method too; repeatable."),
    ] = None,
    datasets: Annotated[str | None, typer.Option(help="Run on these data sets instead.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Use the first N pairs of each data set.")] = None,
    device: Device = "cpu",
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Set a key, METHOD.OPTION, or train.KEY of all recipes."),
    ] = None,
    keep_fused: Annotated[
        bool, typer.Option("--keep-fused", help="Keep the fused pictures and their sources.")
    ] = False,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes; they share the threads.")] = 1,
    engine: Annotated[
        EngineName | None, typer.Option(help="Where to work; processes when there are several workers, else inline.")
    ] = None,
    shard: Annotated[
        str | None, typer.Option(metavar="i/n", help="Do the i-th of n shares; all may write to one run directory.")
    ] = None,
    protocol: Annotated[
        str | None, typer.Option(metavar="frozen|retrained", help="Of detection: one detector, or one for each method.")
    ] = None,
    detector: Annotated[Path | None, typer.Option(help="File of the frozen detector.")] = None,
) -> None:
    """Run an experiment; what is there already is not computed again."""
    chosen_engine = engine or (EngineName.PROCESSES if workers > 1 else EngineName.INLINE)
    if chosen_engine is EngineName.INLINE and workers > 1:
        raise UsageError(f"--engine inline has one worker, not {workers}; use --engine processes")
    share = Shard.parse(shard) if shard is not None else None
    name, loaded = experiments.load(experiment)
    chosen = overrides.override(
        loaded,
        methods=names("--methods", methods),
        added=added or (),
        datasets=names("--datasets", datasets),
        settings=settings or [],
        protocol=protocol,
        detector=str(detector) if detector else None,
    )
    run_dir = out or Path("runs") / name
    with waiting("reading the data"):
        chosen, to_train = variants.spell_out(chosen, run_dir, data, device)
        asked = {resolve(name) for name in added or ()}
        rows = [choice for choice in chosen.chosen_methods() if methods is not None or choice.name in asked]
        named = tuple(choice.row for choice in rows)
        named += tuple(choice.shown for choice in chosen.datasets) if datasets is not None else ()
        judges = detection.judges(chosen, run_dir, data, device)
        lessons = variants.Lessons(data)
        if to_train or isinstance(judges, Retrained):
            variants.rehearse(name, chosen, to_train, lessons, run_dir=run_dir, named=named, judges=judges)
    try:
        training = _train(to_train, lessons, device)
        if isinstance(judges, Retrained):
            detection.train(judges, chosen)
        with waiting("reading the data"):
            job = runner.prepare(
                name,
                chosen,
                run_dir=run_dir,
                data_root=data,
                limit=limit,
                named=named,
                training=training,
                judges=judges,
                device=device,
                keep_fused=keep_fused,
                shard=share,
                workers=workers,
            )
        _announce(job)
        detection.announce(job.plan)
        with writing(run_dir, share) as others:
            if others and (job.todo or job.unmeasured()):
                say(
                    f"another call is writing to {run_dir} too ({', '.join(others)}): what both lack is computed "
                    f"twice, which does no harm and helps little; --shard i/n shares the work"
                )
            _work_off(job, chosen_engine, workers)
            _evaluate(job)
            _measure(job)
    except KeyboardInterrupt:
        say(f"stopped; what is finished is kept in {run_dir}, and the same command goes on from there")
        raise
    _conclude(job)


def _train(
    to_train: Sequence[variants.Variant], lessons: variants.Lessons, device: str
) -> Mapping[str, Mapping[str, Any]]:
    """Train what is not there yet, and say so; facts on every row that is trained."""
    if not to_train:
        return {}
    epochs = sorted({variant.recipe.epochs for variant in to_train})
    length = "-".join(str(count) for count in dict.fromkeys((epochs[0], epochs[-1])))
    there = sum(variant.is_trained() for variant in to_train)
    say(
        f"trainings: {len(to_train)}, schedule {to_train[0].schedule} ({length} epochs); {there} are there already"
        f" and are kept"
    )
    with progress() as bar, interruptible() as check:
        return variants.train(to_train, lessons, device, _Training(bar, check))


class _Training:
    """Shows trainings: a bar over the steps of the one in hand, and a line for each that ends."""

    def __init__(self, bar: Progress, check: Callable[[], None]) -> None:
        self._bar, self._check = bar, check
        self._task = bar.add_task("training", total=None)
        self._row = ""

    def leaves_out(self, pair: str, why: str) -> None:
        """See :class:`hifbench.bench.variants.Display`."""
        say(f"left out of the training: {pair}: {why}")

    def begins(self, variant: variants.Variant, steps: int) -> None:
        """See :class:`hifbench.bench.variants.Display`."""
        self._row = variant.row
        self._bar.reset(self._task, total=steps, description=f"training {self._row}")

    def step(self, epoch: int, steps: int, loss: float) -> None:
        """See :class:`hifbench.bench.variants.Display`."""
        self._bar.update(
            self._task, completed=steps, description=f"training {self._row}: epoch {epoch}, loss {loss:.4g}"
        )
        self._check()

    def ends(self, variant: variants.Variant, trained: Trained | None, fault: str) -> None:
        """See :class:`hifbench.bench.variants.Display`."""
        seconds = f"{sum(call['seconds'] for call in trained.calls):.0f} s" if trained else ""
        say(f"trained: {variant.row}: {seconds}" if trained else f"failed: {variant.row}: {fault}")


def _announce(job: runner.Job) -> None:
    for key in {f"{cell.dataset.shown}/{cell.dataset.split}": None for cell in job.cells}:
        facts = job.plan.datasets[key]
        used = f"{facts['pairs']} pairs" + (" (--limit)" if facts["limit"] else "")
        say(f"{key}: {used}; this copy holds {facts['coverage']}")
        for pair, why in facts["excluded"].items():
            say(f"  left out: {pair}: {why}")
        if facts["unlisted"]:
            say(f"  in no split: {len(facts['unlisted'])} pairs, such as {facts['unlisted'][0]}")
    for row, why in job.plan.skipped.items():
        say(f"skipped: {row}: {why}")
    rows_of: dict[str, list[str]] = {}
    for choice in {cell.method.row: cell.method for cell in job.cells}.values():
        rows_of.setdefault(origin_of(choice).unseen(), []).append(choice.row)
    for unseen, rows in rows_of.items():
        if unseen:
            remedy = "set another 'version' in the row then, or --out"
            say(f"{', '.join(rows)}: a change of {unseen} goes unnoticed; {remedy}")
    if len(job.todo) < len(job.cells):
        say(f"{len(job.cells) - len(job.todo)} of {len(job.cells)} parts are there already and are kept")


def _work_off(job: runner.Job, name: EngineName, workers: int) -> None:
    total = sum(len(cell.pairs) for cell in job.todo)
    with progress() as bar, interruptible() as check:
        task = bar.add_task("fusing and scoring", total=total)

        def show_pair() -> None:
            bar.advance(task)
            check()

        def show_cell(receipt: Receipt) -> None:
            bar.update(task, description=f"{receipt.cell.dataset.shown}: {receipt.cell.method.row}")

        engine: Engine
        if name is EngineName.INLINE:
            engine = Inline(show_pair, iteration_bar(bar, check))
        else:
            engine = Processes(workers, show_pair, check)
        runner.work_off(job, engine, show_cell)


def _evaluate(job: runner.Job) -> None:
    """Compute average precision, where objects are looked for."""
    rows = job.plan.evaluations
    if not rows:
        return
    with progress() as bar, interruptible() as check:
        task = bar.add_task("average precision", total=len(rows), completed=-1)

        def show(row: evaluations.Planned) -> None:
            bar.advance(task)
            check()

        runner.evaluate(job, show)


def _measure(job: runner.Job) -> None:
    """Measure what the methods cost, where that is a task."""
    todo = job.unmeasured()
    if not todo:
        return
    with progress() as bar, interruptible() as check:
        task = bar.add_task("measuring", total=len(todo))

        def show(planned: Planned, phase: str) -> None:
            bar.update(task, description=f"{planned.request.method.row}: {phase}")

        def conclude(planned: Planned, outcome: Profile | Failure) -> None:
            bar.advance(task)
            warning = "" if isinstance(outcome, Failure) else busy(outcome.others)
            if warning:
                part = job.run_dir / planned.part
                say(f"busy machine: {planned.request.method.row}: {warning}; to measure it again, remove {part}")

        runner.measure(job, show, conclude, check)


def _conclude(job: runner.Job) -> None:
    """Show the tables, say what is missing, count this call's failures, and end with status 1 if there are any."""
    missing = job.missing()
    failed: list[str] = []
    if job.has_scores():
        read = results.read(job.run_dir)
        show(read, robustness(read), leaderboards(read))
        failed = failures(read.of_parts([*job.scores(), *(profile.part for profile in job.profiles)]))
    for failure in failed[:SHOWN_ERRORS]:
        say(f"failed: {failure}")
    if len(failed) > SHOWN_ERRORS:
        say(f"failed: {len(failed) - SHOWN_ERRORS} more errors; see the column 'error' in {job.run_dir / parts.SCORES}")
    asked = [*(cell.part for cell in job.cells), *(profile.part for profile in job.profiles)]
    if any(not parts.is_final(job.run_dir / part) for part in asked):
        say("failures that are not the images' fault are tried again by the next call")
    if missing:
        say(f"partial: {len(missing)} of {len(job.plan.cells)} parts are not there yet{_whose(missing)}")
    tried = sum(len(cell.pairs) for cell in job.todo)
    lost = sum(len(parts.failed_pairs(path)) for cell in job.todo if (path := job.run_dir / cell.part).is_file())
    count = f"{tried - lost} fusions computed" + (f", {lost} failed" if lost else "")
    say(f"{count}; scores in {job.run_dir / parts.SCORES}, tables with 'hifbench report'")
    if failed:
        raise typer.Exit(1)


def _whose(missing: Sequence[Cell]) -> str:
    """The methods that parts are missing of, with the number of pairs."""
    pairs: Counter[str] = Counter()
    for cell in missing:
        pairs[cell.method.row] += len(cell.pairs)
    return ": " + ", ".join(f"{row} ({count} pairs)" for row, count in pairs.items())
