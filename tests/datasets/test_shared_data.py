"""Every real folder through its adapter: as many pairs as its manifest lists images for."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from hifbench.datasets import DATASETS
from hifbench.datasets._labels.audit import audit
from hifbench.datasets._source import BrokenPair

VISIBLE = {  # data set -> folder, and files of its manifest that are one side of a pair
    "flir-auif": ("FLIR_AUIF", r".*/VIS\d+\.jpg"),
    "gfp-pc": ("GFP-PC", r"Test_gfp/.*\.bmp"),
    "harvard-pet": ("Harvard", r".*/PET/.*\.png"),
    "harvard-spect": ("Harvard", r".*/SPECT/.*\.png"),
    "llvip": ("LLVIP", r"visible/.*\.jpg"),
    "m3fd": ("M3FD", r".*/Vis/.*\.png"),
    "msrs": ("MSRS", r".*/vi/.*\.png"),
    "roadscene": ("RoadScene", r"crop_LR_visible/.*\.jpg"),
    "vtuav": ("VTUAV", r".*/rgb/.*\.jpg"),
}
BOXES = {"llvip": (24, 91), "m3fd": (16, 231), "vtuav": (3, 3)}
"""Pairs with an annotation, and boxes: counted in the files with another program."""


@pytest.mark.parametrize("name", VISIBLE)
def test_the_counts_are_those_of_the_manifest(shared: Path, name: str) -> None:
    folder, pattern = VISIBLE[name]
    root = shared / "data" / folder
    listed = [entry["path"] for entry in json.loads((root / "manifest.json").read_text())["files"]]
    expected = sum(bool(re.fullmatch(pattern, path)) for path in listed)
    sources = DATASETS.get(name).find(root)
    assert len(sources) == expected > 0
    assert not [source for source in sources if isinstance(source, BrokenPair)]
    found = audit(sources)
    assert (found.labelled, sum(found.boxes.values())) == BOXES.get(name, (0, 0))
    assert (found.clipped, found.orphans, found.faults) == (0, (), ())
    assert set(found.boxes) <= set(DATASETS.get(name).card.classes)


def test_cards_say_what_they_must() -> None:
    for name in DATASETS.names():
        card = DATASETS.get(name).card
        if DATASETS.entries[name].source != "hifbench":
            continue
        assert card.name == name
        assert all((card.title, card.citation, card.home, card.licence)), name
        assert card.default_split in card.splits
        assert set(card.counts) <= set(card.splits)
        assert set(card.overlaps) <= set(DATASETS.names())
        assert all(DATASETS.get(name).twins(other) for other in card.overlaps)
        for split in card.splits:
            ids = DATASETS.get(name).split_ids(split)
            assert ids is None or len(set(ids)) == len(ids) > 0
