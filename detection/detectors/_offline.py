"""Importing ultralytics so that it calls nobody, installs nothing and leaves torch's threads as they are."""

from __future__ import annotations

import importlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from typing import Any

import torch  # before ultralytics, which would otherwise take its threads away
from PIL import Image
from platformdirs import user_cache_path

from ...errors import UsageError
from ...storage import write_whole
from ._torchvision_operators import ensure_torchvision

OLDEST = "8.4.190"
"""Release of ultralytics from which on all of this was tried."""

SWITCHES = {
    "YOLO_OFFLINE": "true",  # no look-up of hosts, no telemetry, no download of weights
    "YOLO_AUTOINSTALL": "false",
    "YOLO_VERBOSE": "false",
    "ULTRALYTICS_SAFE_LOAD": "1",  # unpickles classes of networks and nothing else
}
"""Read by ultralytics when it is imported."""

_STATE = {"SAFE_LOAD": True, "ONLINE": False, "AUTOINSTALL": False}
"""What ultralytics then holds; the names are those of :mod:`ultralytics.utils`."""

_FONTS = ("Arial.ttf", "Arial.Unicode.ttf")


def import_ultralytics() -> Any:
    """The package ``ultralytics``, cut off from the network.

    Raises:
        ImportError: it is not installed.
        UsageError: it was imported before, by other code, and is not cut off; or a release does not know how to be.
    """
    threads = os.environ.get("OMP_NUM_THREADS")
    os.environ.update(SWITCHES)
    folder = Path(os.environ.setdefault("YOLO_CONFIG_DIR", str(_settings_folder())))
    with same_threads(), _same_image_reader():
        try:
            ultralytics = importlib.import_module("ultralytics")
        finally:
            if threads is None:
                os.environ.pop("OMP_NUM_THREADS", None)  # it would bind the workers that are started from here
        ensure_torchvision()
    _check(ultralytics)
    _provide_fonts(folder / "Ultralytics")
    # In this process only: the file may be the user's own. What is on or off there are its reports to other services.
    dict.update(ultralytics.settings, {name: False for name, value in ultralytics.settings.items() if value is True})
    return ultralytics


def installed_version() -> str:
    """Version of ultralytics, which is not imported for it; ``not installed`` where it is not."""
    for name in ("ultralytics-opencv-headless", "ultralytics"):
        with suppress(metadata.PackageNotFoundError):
            return metadata.version(name)
    return "not installed"


def _check(ultralytics: Any) -> None:
    """Refuse an ultralytics that would run pickled code, or call somebody."""
    wrong = [name for name, wanted in _STATE.items() if getattr(ultralytics.utils, name, None) is not wanted]
    if wrong:
        switches = " ".join(f"{name}={value}" for name, value in SWITCHES.items())
        raise UsageError(
            f"ultralytics {ultralytics.__version__} is not safe to use here ({', '.join(wrong)}): it was imported "
            f"before hifbench, or is older than {OLDEST}; import it later, set {switches} in the environment, or "
            f"install a newer one"
        )


@contextmanager
def same_threads() -> Iterator[None]:
    """Undo what ultralytics does to torch's number of threads when it chooses a device."""
    threads = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def _same_image_reader() -> Iterator[None]:
    """Undo what ultralytics does to Pillow: a file that is no image then asks for another library to be installed."""
    reader = Image.open
    try:
        yield
    finally:
        Image.open = reader


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
            write_whole(folder / name, source.read_bytes())  # other workers look whether it is there
