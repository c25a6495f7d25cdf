"""Checkpoints: the state of a training run after an epoch, whole or absent."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import torch

from ...errors import TrainingError, UsageError
from ...storage import write_whole

KEYS = {"fingerprint", "epoch", "network", "optimizer", "history", "calls"}


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint; the one before stays until it is there.

    Raises:
        TrainingError: it cannot be written, say because the disk is full.
    """
    content = io.BytesIO()  # torch reports a full disk as anything but that
    torch.save(state, content)
    try:
        write_whole(path, content.getvalue())
    except OSError as error:
        kept = f"; the checkpoint of epoch {state['epoch'] - 1} is kept" if path.exists() else ""
        raise TrainingError(
            f"cannot write the checkpoint {path} ({error.strerror or error}){kept}; make room, then the same command "
            f"goes on"
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
        if set(state) >= KEYS:
            return dict(state)
    except Exception as error:  # readers raise whatever the broken bytes make them trip over
        raise UsageError(f"{path} is no checkpoint of hifbench or is damaged; move it away to start anew") from error
    raise UsageError(f"{path} is no checkpoint of this version of hifbench; move it away to start anew")
