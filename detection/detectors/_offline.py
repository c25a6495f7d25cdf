"""Importing ultralytics so that it calls nobody, installs nothing and leaves torch's threads as they are."""

from __future__ import annotations

import importlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch  # before ultralytics, which would otherwise take its threads away
from platformdirs import user_cache_path

from ._torchvision_operators import ensure_torchvision

SWITCHES = {
    "YOLO_OFFLINE": "true",  # no look-up of hosts, no telemetry, no download of weights
    "YOLO_AUTOINSTALL": "false",
    "YOLO_VERBOSE": "false",
    "ULTRALYTICS_SAFE_LOAD": "1",  # unpickles classes of networks and nothing else
}
"""Read by ultralytics when it is imported."""

_FONTS = ("Arial.ttf", "Arial.Unicode.ttf")


def import_ultralytics() -> Any:
    """The package ``ultralytics``, cut off from the network.

    Raises:
        ImportError: it is not installed.
    """
    threads = os.environ.get("OMP_NUM_THREADS")
    os.environ.update(SWITCHES)
    folder = Path(os.environ.setdefault("YOLO_CONFIG_DIR", str(_settings_folder())))
    with same_threads():
        try:
            ultralytics = importlib.import_module("ultralytics")
        finally:
            if threads is None:
                os.environ.pop("OMP_NUM_THREADS", None)  # it would bind the workers that are started from here
        ensure_torchvision()
    _provide_fonts(folder / "Ultralytics")
    if ultralytics.settings["sync"]:
        ultralytics.settings.update(sync=False)
    return ultralytics


@contextmanager
def same_threads() -> Iterator[None]:
    """Undo what ultralytics does to torch's number of threads when it chooses a device."""
    threads = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _settings_folder() -> Path:
    """Where ultralytics keeps its settings: apart from the user's own, which may allow telemetry."""
    folder = user_cache_path("hifbench") / "ultralytics"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return Path(tempfile.mkdtemp(prefix="hifbench-ultralytics-"))


def _provide_fonts(folder: Path) -> None:
    """Put a font where ultralytics looks for the one that it would otherwise download."""
    from matplotlib import get_data_path

    folder.mkdir(parents=True, exist_ok=True)
    source = Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    for name in _FONTS:
        if not (folder / name).is_file():
            shutil.copyfile(source, folder / name)
