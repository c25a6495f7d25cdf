"""``hifbench train``: a method's weights, made from pairs of images."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...errors import UsageError
from ...methods._training.recipe import Recipe
from ...methods._training.trainer import steps_in_epoch
from .. import training
from .progress import progress
from .shared import DataRoot, Device, interruptible, say, settings_of

SMOKE_PAIRS = 16
"""So many are read for ``--smoke`` unless ``--limit`` says otherwise: to draw all synthetic ones takes minutes."""


def command(
    method: Annotated[str, typer.Argument(help="Method, see 'hifbench list methods', or 'detector'.")],
    data: DataRoot = None,
    out: Annotated[
        Path | None, typer.Option(help="Weights file, .safetensors; METHOD.safetensors here when left out.")
    ] = None,
    device: Device = "cpu",
    limit: Annotated[int | None, typer.Option(min=1, help="Learn from the first N pairs.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set a key of the recipe, such as epochs.")
    ] = None,
    smoke: Annotated[bool, typer.Option("--smoke", help=f"Two epochs of small crops of {SMOKE_PAIRS} pairs.")] = False,
) -> None:
    """Train a method or the small detector; after an interruption the same command goes on from the last epoch."""
    method = training.resolve(method)
    recipe = training.recipe_of(method, settings_of(settings or []), "smoke" if smoke else "full")
    outputs = training.Outputs(out or Path(f"{method}.safetensors"))
    if outputs.weights.suffix != ".safetensors":
        raise UsageError(f"--out {outputs.weights}: weights are written as .safetensors; give such a name")
    lesson = _read(recipe, data, limit or (SMOKE_PAIRS if smoke else None))
    for pair, why in lesson.left_out.items():
        say(f"left out: {pair}: {why}")
    per_epoch = steps_in_epoch(recipe, len(lesson.pairs))
    going_on = f"; goes on from {outputs.checkpoint}" if outputs.checkpoint.exists() else ""
    say(f"{method}: {len(lesson.pairs)} pairs, {recipe.epochs} epochs of {per_epoch} steps{going_on}")
    try:
        with progress() as bar, interruptible() as check:
            task = bar.add_task("training", total=recipe.epochs * per_epoch)

            def show(epoch: int, steps: int, loss: float) -> None:
                bar.update(task, completed=steps, description=f"epoch {epoch}, loss {loss:.4g}")
                check()

            trained = training.run(method, recipe, lesson, outputs, device=device, smoke=smoke, on_step=show)
    except KeyboardInterrupt:
        kept = f"the last whole epoch is in {outputs.checkpoint}, and the same command goes on from there"
        say(f"stopped; {kept if outputs.checkpoint.exists() else 'no epoch was finished'}")
        raise
    final = ", ".join(f"{name} {value:.4g}" for name, value in trained.history[-1].items())
    say(f"{len(trained.history)} epochs done, loss {final}; {outputs.weights}, with {outputs.card.name} beside it")


def _read(recipe: Recipe, data: Path | None, limit: int | None) -> training.Lesson:
    try:
        with progress() as bar, interruptible() as check:
            task = bar.add_task("reading the data", total=None, completed=-1)

            def show(total: int) -> None:
                bar.update(task, total=total, advance=1)
                check()

            return training.read_lesson(recipe, data, limit, show)
    except KeyboardInterrupt:
        say("stopped while reading the data; nothing was trained yet")
        raise
