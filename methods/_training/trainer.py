"""The trainer: Adam over crops, a checkpoint after every epoch, and a resume that leaves no trace.

Order, crops and flips of an epoch come from the seed and the epoch's number alone, so an epoch that was broken off
is simply begun again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ...errors import DivergedError, UsageError
from . import checkpoint
from .recipe import Recipe

Images = tuple[Tensor, Tensor]
"""Infrared and visible luminance of a pair, uint8 (H, W); or what else the recipe cuts its samples from."""


@dataclass(frozen=True)
class Trained:
    """What a training run ends with.

    Attributes:
        network: on the CPU, in evaluation mode.
        history: for each epoch the mean of every term of the loss, by name, and their sum as ``total``.
        precision: of the network while it was trained.
        calls: what each call said of itself, with the ``epochs`` and ``seconds`` that it contributed.
    """

    network: nn.Module
    history: list[dict[str, float]]
    precision: str
    calls: list[dict[str, Any]]


def train(
    recipe: Recipe,
    pairs: Sequence[Images],
    inputs: str,
    path: Path,
    device: torch.device,
    call: Mapping[str, Any],
    on_step: Callable[[int, int, float], None] = lambda epoch, steps, loss: None,
    on_epoch: Callable[[list[dict[str, float]]], None] = lambda history: None,
) -> Trained:
    """Train to the recipe's last epoch, from the checkpoint if there is one.

    Args:
        recipe: of the method.
        pairs: what to learn from.
        inputs: hash of the data and of foreign code, so that a checkpoint of others is not continued.
        path: of the checkpoint.
        device: to train on.
        call: facts on this call, kept with the epochs that it contributes; plain values.
        on_step: told after each step the epoch's number from 1, the steps done in all, and the loss.
        on_epoch: told after each epoch, once its checkpoint is written, the losses so far.

    Raises:
        UsageError: the checkpoint is of another configuration, or further than the recipe goes.
        DivergedError: the loss, a gradient or a weight became infinite or NaN.
        TrainingError: a checkpoint could not be written.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        network = recipe.network()
    network.to(device).train()
    groups = recipe.groups(network)
    rates = [group["lr"] for group in groups]
    optimizer = torch.optim.Adam(groups)
    precision = _precision(recipe, device)
    fingerprint = _fingerprint(recipe, inputs, precision, device)
    history: list[dict[str, float]] = []
    calls: list[dict[str, Any]] = []
    state = checkpoint.load(path)
    if state:
        _check(state, recipe, fingerprint, path)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        history, calls = state["history"], state["calls"]
    started, before = time.monotonic(), len(history)
    for epoch in range(before, recipe.epochs):
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * recipe.factor(epoch)
        history.append(_epoch(recipe, network, optimizer, pairs, epoch, precision, device, on_step))
        done = {**call, "epochs": epoch + 1 - before, "seconds": round(time.monotonic() - started, 1)}
        checkpoint.save(
            path,
            {
                "fingerprint": fingerprint,
                "epoch": epoch + 1,
                "network": network.state_dict(),
                "optimizer": optimizer.state_dict(),
                "history": history,
                "calls": [*calls, done],
            },
        )
        if epoch + 1 == recipe.epochs:
            calls = [*calls, done]
        on_epoch(history)
    return Trained(network.cpu().eval(), history, precision, calls)


def steps_in_epoch(recipe: Recipe, pairs: int) -> int:
    """Steps of one epoch."""
    return math.ceil(pairs * (2 if recipe.mixed else 1) / recipe.batch)


def _epoch(
    recipe: Recipe,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    pairs: Sequence[Images],
    epoch: int,
    precision: str,
    device: torch.device,
    on_step: Callable[[int, int, float], None],
) -> dict[str, float]:
    """Train for one epoch; the mean of every term of the loss over its samples."""
    sums: dict[str, float] = {}
    seen, steps = 0, epoch * steps_in_epoch(recipe, len(pairs))
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(_seed(recipe.seed, epoch))  # for layers that draw, such as dropout
        for batch in _batches(recipe, pairs, epoch):
            terms = _step(recipe, network, optimizer, [images.to(device) for images in batch], precision)
            faulty = [name for name, value in terms.items() if not math.isfinite(value)]
            if faulty:
                what = f"training diverged in epoch {epoch + 1}: {faulty[0]} is {terms[faulty[0]]}"
                raise DivergedError(what, recipe.rate / 10)
            steps, seen = steps + 1, seen + len(batch[0])
            for name, value in terms.items():
                sums[name] = sums.get(name, 0.0) + value * len(batch[0])
            on_step(epoch + 1, steps, terms["total"])
    if not all(bool(parameter.isfinite().all()) for parameter in network.state_dict().values()):
        raise DivergedError(f"training diverged in epoch {epoch + 1}: a weight is infinite or NaN", recipe.rate / 10)
    del sums["gradient"]
    return {name: value / seen for name, value in sums.items()}


def _check(state: dict[str, Any], recipe: Recipe, fingerprint: str, path: Path) -> None:
    if state["fingerprint"] != fingerprint:
        raise UsageError(
            f"{path} is the checkpoint of another configuration, device, version or data; choose another --out, or "
            f"move it away"
        )
    if state["epoch"] > recipe.epochs:
        raise UsageError(f"{path} has {state['epoch']} epochs behind it; --set epochs to that many or more")


def _fingerprint(recipe: Recipe, inputs: str, precision: str, device: torch.device) -> str:
    """What determines the weights after a number of epochs."""
    content = [
        type(recipe).__qualname__,
        recipe.version,
        [recipe.crops, recipe.flips, recipe.mixed],
        recipe.model_dump(mode="json", exclude={"epochs", "precision"}),
        inputs,
        precision,
        device.type,
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _precision(recipe: Recipe, device: torch.device) -> str:
    if recipe.precision != "auto":
        return recipe.precision
    return "bfloat16" if device.type == "cuda" else "float32"


def _batches(recipe: Recipe, pairs: Sequence[Images], epoch: int) -> Iterator[list[Tensor]]:
    """Batches of one epoch: as the recipe cuts them."""
    numbers = torch.Generator().manual_seed(_seed(recipe.seed, epoch))
    samples = [(image,) for pair in pairs for image in pair] if recipe.mixed else list(pairs)
    order = torch.randperm(len(samples), generator=numbers).tolist()
    for start in range(0, len(order), recipe.batch):
        cut = [recipe.cut(samples[index], numbers) for index in order[start : start + recipe.batch]]
        yield [torch.stack(images) for images in zip(*cut, strict=True)]


def _seed(seed: int, epoch: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}/{epoch}".encode()).digest()[:7], "big")


def _step(
    recipe: Recipe, network: nn.Module, optimizer: torch.optim.Optimizer, images: list[Tensor], precision: str
) -> dict[str, float]:
    """One step of Adam, unless a value is not finite; the terms of the loss before it and the gradient's norm."""
    mixed = precision == "bfloat16"
    lower = torch.autocast(images[0].device.type, torch.bfloat16) if mixed else contextlib.nullcontext()
    with lower:
        predicted = recipe.predict(network, *images)
    terms = recipe.loss(tuple(tensor.float() for tensor in predicted), *images)
    total = torch.stack(list(terms.values())).sum()
    optimizer.zero_grad(set_to_none=True)
    total.backward()  # type: ignore[no-untyped-call]
    norm = nn.utils.clip_grad_norm_(network.parameters(), recipe.clip or math.inf)
    values = {name: float(value.detach()) for name, value in {**terms, "total": total, "gradient": norm}.items()}
    if all(map(math.isfinite, values.values())):
        optimizer.step()
    return values
