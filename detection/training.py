"""Training a detector of ultralytics from random weights, so that it can be broken off and continued."""

from __future__ import annotations

import csv
import os
import random
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..errors import HifbenchError, TrainingError, UsageError
from ..out_of_memory import ran_out
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
    "box": 7.5,
    "cls": 0.5,
    "cls_pw": 0.0,
    "dfl": 1.5,
    "cos_lr": False,
    "multi_scale": 0.0,
    "dropout": 0.0,
    "rect": False,
    "single_cls": False,
    "fraction": 1.0,
    "freeze": None,
    "compile": False,
    "channels_last": False,
    **dict.fromkeys(("degrees", "shear", "perspective", "flipud", "bgr", "mixup", "cutmix", "copy_paste"), 0.0),
}
"""What every training has in common, ultralytics' defaults included: another version may have others."""

BLURS = "albumentations"

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
        TrainingError: the loss is not finite, one picture at a time is too many for the GPU's memory, or ultralytics
            fails in another way.
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
                batch = _epochs(ultralytics, data, settings, batch, device, on_epoch)
            break
        except HifbenchError:
            raise
        except Exception as error:  # one detector must not end the others
            if not ran_out(error):
                said = " ".join(str(error).split())[:300]
                hint = "; try a smaller --set retraining.rate" if "NaN" in said else ""
                raise TrainingError(f"its training failed ({type(error).__name__}: {said}){hint}") from error
            if batch == 1:
                raise TrainingError(
                    f"one picture of {settings['image_size']} pixels is too many for the memory of {device}; try "
                    f"--set retraining.image_size={int(settings['image_size']) // 64 * 32 or 32}"
                ) from error
            batch //= 2
            shutil.rmtree(folder / "run", ignore_errors=True)
            if torch.cuda.is_available():
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
) -> int:
    """Train all epochs that are still to come; pictures in a step."""
    run = data.parent / "run"
    last = run / "weights" / "last.pt"
    begun = _begun(ultralytics, last)
    if begun is not None and begun.ckpt["epoch"] + 1 in (0, settings["epochs"]):
        if begun.ckpt["epoch"] >= 0:  # ended before ultralytics had made the last epoch's checkpoint a detector
            ultralytics.utils.torch_utils.strip_optimizer(last)
        return int(begun.ckpt["train_args"]["batch"])
    model = begun or ultralytics.YOLO(f"{settings['architecture']}.yaml", task="detect")

    def report(trainer: Any) -> None:
        on_epoch(trainer.epoch + 1, float(sum(float(part) for part in trainer.tloss.values())))

    def give_up_at_once(trainer: Any) -> None:
        trainer._oom_retries = 3  # its own halving goes on with weights that have seen a part of the larger batches

    model.add_callback("on_train_epoch_start", give_up_at_once)
    model.add_callback("on_train_epoch_end", report)
    where = device.removeprefix("cuda:") if device != "cuda" else "0"
    if begun is not None:  # the folder, the data and the GPU may have moved since
        model.train(resume=True, data=str(data), device=where, save_dir=str(run.absolute()))
        return int(model.trainer.batch_size)
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
        device=where,
    )
    return int(model.trainer.batch_size)


def _begun(ultralytics: Any, last: Path) -> Any:
    """The model of a checkpoint; None without one, or with one that was being written when the process was killed."""
    if not last.is_file():
        return None
    try:
        return ultralytics.YOLO(str(last), task="detect")
    except Exception as error:
        if ran_out(error) or isinstance(error, PermissionError):
            raise
        shutil.rmtree(last.parents[1])
        return None


def _losses(path: Path) -> tuple[float, ...]:
    """Loss of each epoch, from ultralytics' own record, which has a row twice where an epoch was done again."""
    if not path.is_file():
        return ()
    with path.open(encoding="utf-8") as stream:
        rows = [{key.strip(): value for key, value in row.items()} for row in csv.DictReader(stream)]
    by_epoch = {
        int(row["epoch"]): sum(float(value) for key, value in row.items() if key.startswith("train/")) for row in rows
    }
    return tuple(by_epoch.values())


@contextmanager
def _undone() -> Iterator[None]:
    """Take back what a training of ultralytics changes for the whole process.

    albumentations is out of reach meanwhile: where it happens to be installed, ultralytics blurs and greys some
    pictures with it, and draws other random numbers.
    """
    environment, blurs = dict(os.environ), sys.modules.get(BLURS)
    strict, cudnn = torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.deterministic
    filled = torch.utils.deterministic.fill_uninitialized_memory  # type: ignore[attr-defined]
    of_python, of_numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    gpu = torch.cuda.current_device() if torch.cuda.is_initialized() else None  # type: ignore[no-untyped-call]
    sys.modules[BLURS] = None  # type: ignore[assignment]
    with same_threads(), torch.random.fork_rng():
        try:
            yield
        finally:
            del sys.modules[BLURS]
            if blurs is not None:
                sys.modules[BLURS] = blurs
            torch.use_deterministic_algorithms(strict)
            torch.backends.cudnn.deterministic = cudnn
            torch.utils.deterministic.fill_uninitialized_memory = filled  # type: ignore[attr-defined]
            random.setstate(of_python)
            np.random.set_state(of_numpy)  # noqa: NPY002
            if gpu is not None:
                torch.cuda.set_device(gpu)
            for name in os.environ.keys() - environment.keys():
                del os.environ[name]
            os.environ.update(environment)
