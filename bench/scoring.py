"""Scoring fused pictures that lie in folders: triples of files to rows of values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from ..datasets._images import read_image
from ..datasets._pairing import match_files
from ..datasets._source import FilePair
from ..errors import PairError
from ..metrics._compute import Selected, forget_if_large
from ..metrics._picture import Picture, scored
from .sources import as_batch
from .worker import describe

COLUMNS = ["pair", "metric", "convention", "value", "error"]

Triple = tuple[Path | None, ...]
_AHEAD = 2
"""Triples read while one is computed."""


def match_triples(ir: Path, vis: Path, fused: Path) -> dict[str, Triple]:
    """Files of three folders or patterns by the name that they share, infrared, visible and fused.

    Raises:
        UsageError: a side is not there, or nothing is on all three sides.
    """
    return match_files({"--ir": ir, "--vis": vis, "--fused": fused})


def score_triples(
    triples: Mapping[str, Triple], columns: Sequence[Selected], on_pair: Callable[[], None]
) -> pd.DataFrame:
    """Score triples; the next ones are read while one is computed.

    Args:
        triples: name -> files, None where one is missing.
        columns: metrics under their conventions.
        on_pair: called after each triple.

    Returns:
        Rows of ``pair, metric, convention, value, error``; a triple that cannot be read has a row with the error for
        each column.
    """
    rows: list[dict[str, Any]] = []
    with ThreadPoolExecutor(1) as reader:
        for key, reading in _read_ahead(reader, triples):
            rows.extend(_rows(key, reading, columns))
            on_pair()
    return pd.DataFrame(rows, columns=COLUMNS).astype({"value": "float64", "error": "string"})


def _read_ahead(
    reader: ThreadPoolExecutor, triples: Mapping[str, Triple]
) -> Iterator[tuple[str, Future[tuple[Picture, ...]]]]:
    remaining = iter(triples.items())
    waiting = [(key, reader.submit(_read, key, files)) for key, files in islice(remaining, 1 + _AHEAD)]
    while waiting:
        yield waiting.pop(0)
        waiting.extend((key, reader.submit(_read, key, files)) for key, files in islice(remaining, 1))


def _rows(key: str, reading: Future[tuple[Picture, ...]], columns: Sequence[Selected]) -> Iterator[dict[str, Any]]:
    problem: Exception | None = None
    pictures: tuple[Picture, ...] = ()
    try:
        pictures = reading.result()
    except Exception as error:  # one bad file must not end the others
        problem = error
    for column in columns:
        value, own_problem = None, problem
        if problem is None:
            try:
                value = float(column(*pictures)[0])
            except Exception as error:  # likewise: the other metrics go on
                own_problem = error
            forget_if_large(pictures)
        yield {
            "pair": key,
            "metric": column.name,
            "convention": column.convention,
            "value": value,
            "error": own_problem and describe(own_problem),
        }


def _read(key: str, files: Triple) -> tuple[Picture, ...]:
    """The fused, infrared and visible picture of one name."""
    ir, vis, fused = files
    missing = [side for side, file in zip(("infrared", "visible", "fused"), files, strict=True) if file is None]
    if ir is None or vis is None or fused is None:
        raise PairError(f"pair '{key}': no {' and no '.join(missing)} image of that name; add it")
    pair = FilePair(key, ir, vis).read()
    picture = read_image(fused, as_stored=True)  # a toolbox may score each channel of a file
    if picture.shape[:2] != pair.ir.shape:
        raise PairError(
            f"pair '{key}': the fused image {fused} is {picture.shape[1]}x{picture.shape[0]}, its sources are "
            f"{pair.ir.shape[1]}x{pair.ir.shape[0]}; fuse at the sources' size"
        )
    return tuple(scored(as_batch(image)) for image in (picture, pair.ir, pair.vis))
