"""``hifbench doctor``: versions, devices, data roots and weights of this installation."""

from __future__ import annotations

import os

import torch

from ... import __version__
from ...datasets import DATASETS
from ...detection.detectors._lookup import known as known_detectors
from ...detection.detectors._lookup import locate as locate_detector
from ...errors import HifbenchError
from ...methods import METHODS
from ...methods._weights import locate
from ..origins import store
from ..provenance import versions
from .shared import DataRoot, console


def command(data: DataRoot = None) -> None:
    """Show what this installation can use; always ends with status 0."""
    out = console()

    def line(what: str, value: object) -> None:
        out.print(f"{what:<24} {value}", markup=False, soft_wrap=True)

    line("hifbench", __version__)
    for library, version in versions().items():
        line(library, version)
    line("cpu", f"{os.cpu_count()} cores, {torch.get_num_threads()} torch threads")
    for index in range(torch.cuda.device_count()):
        line(f"cuda:{index}", torch.cuda.get_device_name(index))
    if not torch.cuda.device_count():
        line("cuda", "none")
    line("data root", data or "none; give --data or set HIFBENCH_DATA")
    for name in DATASETS.names():
        if not DATASETS.get(name).card.has_place:
            continue
        try:
            line(f"data set {name}", f"{DATASETS.get(name).load(data).coverage} pairs of the default split")
        except HifbenchError as error:
            line(f"data set {name}", error)
    line("HIFBENCH_WEIGHTS", os.environ.get("HIFBENCH_WEIGHTS", "not set"))
    for name in METHODS.names():
        try:
            card = METHODS.get(name).card
            if card.needs_weights:
                line(f"weights {name}", ", ".join(str(path) for path in locate(card).paths))
        except HifbenchError as error:
            line(f"method {name}", error)
    default = locate_detector()
    line("detector", f"{default} (the default)")
    for path in known_detectors():
        if path != default:
            line("detector", path)
    for name in store.names():
        try:
            for dataset, splits in store.read(name).items():
                for of in splits:
                    line(f"imported {name}", f"{len(of.pictures)} pictures of {dataset}/{of.split} in {of.folder}")
        except HifbenchError as error:
            line(f"imported {name}", error)
