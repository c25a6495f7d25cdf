"""Checkpoints: the state of a training run after an epoch, whole or absent."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import Any

import torch

from ...errors import TrainingError, UsageError


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint under a hidden name and rename it into place.

    Raises:
        TrainingError: it cannot be written, say because the disk is full; the one before stays.
    """
    hidden = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        try:
            with hidden.open("wb") as file:
                torch.save(state, file)
                file.flush()
                os.fsync(file.fileno())  # a rename that outlives a crash must not point to an empty file
            hidden.replace(path)
        finally:
            hidden.unlink(missing_ok=True)
    except (OSError, RuntimeError) as error:  # torch reports a failed write as a RuntimeError
        reason = error.strerror if isinstance(error, OSError) else str(error).splitlines()[0]
        kept = f"; the last good checkpoint is kept, epoch {epochs_of(path)}" if path.exists() else ""
        raise TrainingError(
            f"cannot write the checkpoint {path} ({reason}){kept}; make room, then the same command goes on"
        ) from error


def load(path: Path) -> dict[str, Any] | None:
    """The checkpoint's state, tensors on the CPU; None when there is none.

    Raises:
        UsageError: the file is no checkpoint of ours.
    """
    if not path.exists():
        return None
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        if set(state) >= {"fingerprint", "epoch", "network", "optimizer", "history"}:
            return dict(state)
    except Exception as error:  # readers raise whatever the broken bytes make them trip over
        raise UsageError(f"{path} is no checkpoint of hifbench or is damaged; move it away to start anew") from error
    raise UsageError(f"{path} is no checkpoint of hifbench; move it away to start anew")


def epochs_of(path: Path) -> int:
    """Epochs that a checkpoint has behind it."""
    state = load(path)
    return int(state["epoch"]) if state else 0
