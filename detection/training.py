"""Training a detector of ultralytics from random weights, so that it can be broken off and continued."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ..errors import TrainingError, UsageError
from ..storage import write_whole
from .detectors._detector import INSTALL
from .detectors._offline import import_ultralytics, same_threads

FIXED: Mapping[str, Any] = {
    "optimizer": "AdamW",  # named, because ultralytics would choose one, and its rate, by the number of steps
    "lrf": 0.01,
    "momentum": 0.9,
    "weight_decay": 0.0005,
    "warmup_epochs": 3.0,
    "warmup_momentum": 0.8,
    "warmup_bias_lr": 0.0,
    "deterministic": True,
    "pretrained": False,
    "amp": False,  # its check would fetch a network to compare with
    "patience": 0,  # all epochs, whatever the loss on a part of them
    "erasing": 0.0,
    **dict.fromkeys(("degrees", "shear", "perspective", "flipud", "bgr", "mixup", "cutmix", "copy_paste"), 0.0),
}
"""What every training has in common."""

QUIET: Mapping[str, Any] = {"workers": 0, "val": False, "plots": False, "verbose": False, "exist_ok": True}


@dataclass(frozen=True)
class Trained:
    """What came of a training.

    Attributes:
        losses: mean of each epoch, the sum over boxes, classes and distribution.
        batch: pictures in a step, fewer than asked for where the GPU's memory did not suffice.
        version: of ultralytics.
    """

    losses: tuple[float, ...]
    batch: int
    version: str


def write_label(path: Path, boxes: Sequence[tuple[int, float, float, float, float]], width: int, height: int) -> None:
    """Write a picture's objects as ultralytics reads them.

    Args:
        path: text file.
        boxes: number of the class, x0, y0, x1, y1 in pixels.
        width: of the picture, in pixels.
        height: likewise.
    """
    lines = [
        f"{number} {(x0 + x1) / 2 / width:.8f} {(y0 + y1) / 2 / height:.8f} {(x1 - x0) / width:.8f} "
        f"{(y1 - y0) / height:.8f}\n"
        for number, x0, y0, x1, y1 in boxes
    ]
    write_whole(path, "".join(lines).encode())


def train(
    folder: Path,
    classes: Sequence[str],
    settings: Mapping[str, Any],
    device: str,
    out: Path,
    on_epoch: Callable[[int, float], None],
) -> Trained:
    """Train, or go on with, a detector.

    Args:
        folder: with the pictures in ``images`` and what is on them in ``labels``; what is unfinished is kept in it.
        classes: by their numbers.
        settings: ``architecture``, ``epochs``, ``image_size``, ``batch``, ``rate``, ``seed``, ``augmentation``.
        device: ``cpu`` or ``cuda:i``.
        out: the detector's file.
        on_epoch: told of each epoch from 1, and its loss.

    Raises:
        UsageError: ultralytics is not installed.
        TrainingError: the loss is not finite, or one picture at a time is too many for the GPU's memory.
    """
    try:
        ultralytics = import_ultralytics()
    except ImportError as error:
        raise UsageError(
            f"--protocol retrained needs ultralytics, which is not installed; install it with: {INSTALL}"
        ) from error
    names = "".join(f"  {number}: {name!r}\n" for number, name in enumerate(classes))
    data = folder / "data.yaml"
    write_whole(data, f"path: {str(folder.absolute())!r}\ntrain: images\nval: images\nnames:\n{names}".encode())
    batch = int(settings["batch"])
    while True:
        try:
            with _undone():
                _epochs(ultralytics, data, settings, batch, device, on_epoch)
            break
        except torch.cuda.OutOfMemoryError as error:
            if batch == 1:
                raise TrainingError(
                    f"one picture of {settings['image_size']} pixels is too many for the memory of {device}; try "
                    f"--set retraining.image_size={int(settings['image_size']) // 64 * 32 or 32}"
                ) from error
            batch //= 2
            shutil.rmtree(folder / "run", ignore_errors=True)
            torch.cuda.empty_cache()
    losses = _losses(folder / "run" / "results.csv")
    if not all(torch.isfinite(torch.tensor(losses)).tolist()):
        raise TrainingError("the detector's loss became NaN or infinite; try a smaller --set retraining.rate")
    write_whole(out, (folder / "run" / "weights" / "last.pt").read_bytes())
    return Trained(losses, batch, str(ultralytics.__version__))


def _epochs(
    ultralytics: Any,
    data: Path,
    settings: Mapping[str, Any],
    batch: int,
    device: str,
    on_epoch: Callable[[int, float], None],
) -> None:
    last = data.parent / "run" / "weights" / "last.pt"
    begun = last.is_file()
    if begun and len(_losses(data.parent / "run" / "results.csv")) >= settings["epochs"]:
        return
    model = ultralytics.YOLO(str(last) if begun else f"{settings['architecture']}.yaml", task="detect")

    def report(trainer: Any) -> None:
        on_epoch(trainer.epoch + 1, float(sum(float(part) for part in trainer.tloss.values())))

    model.add_callback("on_train_epoch_end", report)
    if begun:
        model.train(resume=True)
        return
    model.train(
        data=str(data),
        epochs=settings["epochs"],
        imgsz=settings["image_size"],
        batch=batch,
        nbs=settings["batch"],  # a step is over so many pictures, also where the memory takes fewer at a time
        seed=settings["seed"],
        lr0=settings["rate"],
        **settings["augmentation"],
        **FIXED,
        **QUIET,
        project=str(data.parent.absolute()),  # a relative one would go below its own folder of runs
        name="run",
        device=device.removeprefix("cuda:") if device != "cuda" else "0",
    )


def _losses(path: Path) -> tuple[float, ...]:
    """Loss of each finished epoch, from ultralytics' own record."""
    if not path.is_file():
        return ()
    with path.open(encoding="utf-8") as stream:
        rows = [{key.strip(): value for key, value in row.items()} for row in csv.DictReader(stream)]
    return tuple(sum(float(value) for key, value in row.items() if key.startswith("train/")) for row in rows)


@contextmanager
def _undone() -> Iterator[None]:
    """Take back what a training of ultralytics changes for the whole process."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    strict, cudnn = torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.deterministic
    with same_threads(), torch.random.fork_rng():
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(strict)
            torch.backends.cudnn.deterministic = cudnn
            if visible is None:
                os.environ.pop("CUDA_VISIBLE_DEVICES", None)
            else:
                os.environ["CUDA_VISIBLE_DEVICES"] = visible
