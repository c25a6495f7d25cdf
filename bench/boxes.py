"""The store of boxes: what is on each picture and what a detector found there, in Parquet parts of their own.

A row has the ``role`` ``image`` (one for each picture that was looked at, with its ``error`` where that failed),
``unannotated`` (a picture of which nobody knows what is on it, which is not looked at), ``object`` (what is there) or
``found`` (what the detector says, under the data set's name of its class, with its ``score``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..datasets._pair import Box
from ..detection.objects import Objects

_CORNERS = ["x0", "y0", "x1", "y1"]


@dataclass(frozen=True)
class Looked:
    """What the parts of one row of a table hold.

    Attributes:
        truth: picture -> its objects.
        found: picture -> detections, best first; of the same pictures.
        unannotated: pictures that were not looked at.
        errors: picture -> why nobody could look at it.
    """

    truth: dict[str, Objects]
    found: dict[str, Objects]
    unannotated: list[str]
    errors: dict[str, str]


def rows_of(pair: str, objects: Sequence[Box], found: Objects) -> Iterator[dict[str, Any]]:
    """Rows of a picture that was looked at; the columns that all rows of the cell share are not in them.

    Args:
        pair: id of the pair.
        objects: its annotation.
        found: detections, labelled as the data set does.
    """
    yield _row(pair, "image")
    for box in objects:
        yield _row(pair, "object", box.label, (box.x0, box.y0, box.x1, box.y1))
    scores = found.scores if found.scores is not None else np.full(len(found), np.nan)
    for label, corners, score in zip(found.labels, found.corners.tolist(), scores.tolist(), strict=True):
        yield _row(pair, "found", label, corners, score)


def unannotated_row(pair: str) -> dict[str, Any]:
    """The row of a pair without an annotation."""
    return _row(pair, "unannotated")


def error_row(pair: str, error: str) -> dict[str, Any]:
    """The row of a picture that nobody could look at."""
    return {**_row(pair, "image"), "error": error}


def _row(
    pair: str,
    role: str,
    label: str | None = None,
    corners: Sequence[float | None] = (None,) * 4,
    score: float | None = None,
) -> dict[str, Any]:
    return {
        "pair": pair,
        "role": role,
        "label": label,
        **dict(zip(_CORNERS, corners, strict=True)),
        "score": score,
        "error": None,
    }


def read(paths: Sequence[Path]) -> Looked:
    """Read the parts of one row of a table.

    Args:
        paths: Parquet files, in the plan's order.
    """
    table = pd.concat([pd.read_parquet(path) for path in paths], ignore_index=True)
    images = table[table["role"] == "image"]
    failed = images[images["error"].notna()]
    looked = list(images.loc[images["error"].isna(), "pair"])
    objects = dict(iter(table[table["role"] == "object"].groupby("pair")))
    found = dict(iter(table[table["role"] == "found"].groupby("pair")))
    return Looked(
        truth={pair: _objects(objects.get(pair), scored=False) for pair in looked},
        found={pair: _objects(found.get(pair), scored=True) for pair in looked},
        unannotated=list(table.loc[table["role"] == "unannotated", "pair"]),
        errors=dict(zip(failed["pair"], failed["error"], strict=True)),
    )


def _objects(rows: pd.DataFrame | None, *, scored: bool) -> Objects:
    if rows is None:
        return Objects((), np.zeros((0, 4)), np.zeros(0) if scored else None)
    corners = rows[_CORNERS].to_numpy(np.float64)
    return Objects(tuple(rows["label"]), corners, rows["score"].to_numpy(np.float64) if scored else None)
