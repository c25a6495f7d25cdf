"""Readable file names of what a report is made of; of a run's splits no two have the same, nor of its detectors."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping

from .results import Results


def file_name(name: str) -> str:
    """A name as a part of a file's name: what a disk or a link might refuse is replaced."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in name)


def distinct(wanted: Mapping[str, str]) -> dict[str, str]:
    """Names of which no two are alike on any disk: some tell neither case nor two spellings of one accented letter.

    Args:
        wanted: what is named -> the name that it would have alone.

    Returns:
        The same keys; the first of each name has it as it is, the others with the beginning of a hash of their key.
    """
    made: dict[str, str] = {}
    taken: set[str] = set()
    for key, name in wanted.items():
        own, seed = name, key
        while _on_disk(own) in taken:  # as a hashed one may be, by another's plain name
            seed = hashlib.sha256(seed.encode()).hexdigest()
            own = f"{name}-{seed[:6]}"
        taken.add(_on_disk(own))
        made[key] = own
    return made


def _on_disk(name: str) -> str:
    """What all names share that some disk takes for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def of_split(results: Results, dataset: str, split: str) -> str:
    """File name of a split of a data set, in all files of a run's report."""
    # By what was planned: it stays the same when a group is refused, and for some of the rows.
    places = dict.fromkeys([*results.plan["datasets"], f"{dataset}/{split}"])
    return distinct({place: _stem(place) for place in places})[f"{dataset}/{split}"]


def of_detector(results: Results, convention: str) -> str:
    """File name of a protocol with its detector, in all files of a run's report."""
    conventions = [row["convention"] for row in results.plan["evaluations"]]
    return distinct({each: file_name(each) for each in conventions})[convention]


def _stem(place: str) -> str:
    dataset, _, split = place.rpartition("/")
    return f"{file_name(dataset)}-{file_name(split)}"
