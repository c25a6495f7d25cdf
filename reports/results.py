"""Reading a run directory: its scores, and what of its plan is missing."""

from __future__ import annotations

import json
import shlex
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ..errors import UsageError
from ..storage import stays_below

FORMAT = 1
"""Of ``plan.json`` and ``run.json``, as far as they are read here."""

_CURVES = b"hifbench.curves"

PART = "part"
"""Column added to the scores: the part that a row is from."""


@dataclass(frozen=True)
class Results:
    """A run directory.

    Attributes:
        plan: content of ``plan.json``; its cells without those whose parts are boxes, which stand under ``boxes``.
        run: content of ``run.json``.
        scores: rows of all parts that the plan expects and that are there, with the part's path as ``part``.
        precision: part of average precision -> class -> precision at recalls of 0, .01 to 1, at overlap .5.
        folder: the run directory as it was named.
    """

    plan: dict[str, Any]
    run: dict[str, Any]
    scores: pd.DataFrame
    precision: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    folder: Path = Path("RUN_DIR")

    @cached_property
    def _rows(self) -> dict[str, NDArray[np.intp]]:
        """Part -> where its rows are: looked up for every table, and a search through all rows each time is slow."""
        return {str(part): np.asarray(rows) for part, rows in self.scores.groupby(PART, sort=False).indices.items()}

    def of_parts(self, paths: Collection[str]) -> pd.DataFrame:
        """Rows of some parts."""
        wanted = [self._rows[path] for path in dict.fromkeys(paths) if path in self._rows]
        return self.scores.iloc[np.sort(np.concatenate(wanted)) if wanted else []]

    def missing(self, cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Those cells whose part is not there."""
        return [cell for cell in cells if cell["part"] not in self._rows]


def read(run_dir: Path) -> Results:
    """Read a run directory.

    Raises:
        UsageError: it is no run directory, or a file in it is damaged.
    """
    plan, run = _read_json(run_dir / "plan.json", run_dir), _read_json(run_dir / "run.json", run_dir)
    try:
        # The boxes are not read: what follows from them, average precision, is.
        plan["boxes"] = [cell for cell in plan["cells"] if cell.get("detector")]
        plan["cells"] = [cell for cell in plan["cells"] if not cell.get("detector")]
        plan.setdefault("evaluations", [])
        expected = [cell["part"] for kind in ("cells", "profiles", "evaluations") for cell in plan.get(kind, [])]
        expected = list(dict.fromkeys(expected))
        names = [*expected, *(id for cell in plan["cells"] for id in cell["pairs"])]
        run["metrics"], plan["datasets"], plan["experiment"]
    except (AttributeError, KeyError, TypeError) as error:
        raise UsageError(
            f"{run_dir} holds no plan and record of hifbench ({error!r}); run again into a new folder"
        ) from error
    outside = [name for name in names if not (isinstance(name, str) and stays_below(name))]
    if outside:
        raise UsageError(f"{run_dir}/plan.json names a file outside the run directory: {outside[0]!r}; it is not read")
    found, precision = [], {}
    for part in expected:
        path = run_dir / part
        if path.is_file():
            try:
                with pq.ParquetFile(path) as stored:
                    rows = stored.read()
                precision[part] = json.loads((rows.schema.metadata or {}).get(_CURVES, b"{}"))
                rows = rows.append_column(PART, pa.repeat(part, len(rows)))
                if not pa.types.is_floating(rows.schema.field("value").type):
                    raise ValueError("its values are no numbers")
                found.append(rows.replace_schema_metadata(None))  # each part has its own
            except (OSError, KeyError, ValueError) as error:
                raise UsageError(f"{path} is damaged ({error}); delete it and run the experiment again") from error
    if not found:
        command = shlex.join(map(str, run.get("command") or ["hifbench", "run", plan["experiment"], "--out", run_dir]))
        raise UsageError(f"{run_dir} holds no scores yet; complete it with '{command}'")
    scores = pa.concat_tables(found, promote_options="permissive").to_pandas()
    return Results(plan, run, scores, precision, run_dir)


def _read_json(path: Path, run_dir: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UsageError(f"{run_dir} is no run directory: it has no {path.name}; give the --out of a run") from error
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read ({error}); run the experiment again") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise UsageError(f"{path} is not of format {FORMAT}, which this version reads; run again into a new folder")
    return content
