"""What the methods cost: one table for each size and kind of device that a run was measured with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from .names import file_name
from .results import Results
from .source_rows import sources_first

TASK = "efficiency"

UNCOUNTED = "uncounted "
"""How the rows on operators without a formula begin; the operator follows, the value is the elements it wrote."""

THROUGHPUT = "pairs/s (batch)"
"""Heading of the only column of which more is better."""

_COUNTS = ("parameters", "parameters-used", "flops", "macs")
_SHOWN = 3  # operators of a method in the note


@dataclass(frozen=True)
class Efficiency:
    """Costs of one pair of one size on one machine.

    Attributes:
        name: usable as a file name.
        title: heading: size and machine.
        note: definitions, and what a reader must know, such as operators that were not counted.
        settings: threads that times were measured with, such as ``1 thread``; one empty text for a GPU.
        costs: methods x ``parameters``, ``parameters-used``, ``flops``, ``macs``, ``latency-ms``,
            ``latency-iqr-ms`` and ``latency-runs`` (each followed by a space and the setting, where it is not empty),
            ``pairs-per-second``, ``best-batch`` and ``memory-bytes``; NaN where there is none.
    """

    name: str
    title: str
    note: str
    settings: tuple[str, ...]
    costs: pd.DataFrame


def of_run(results: Results) -> list[Efficiency]:
    """The tables of a run, one for each size and machine, in the plan's order; none where it did not measure."""
    groups: dict[tuple[str, str], list[tuple[dict[str, Any], dict[str, Any]]]] = {}
    for profile in results.plan.get("profiles", []):
        machine = results.plan["fingerprints"].get(profile["fingerprint"], {}).get("machine", {})
        place = _machine(machine) if machine else ""
        groups.setdefault((profile["convention"], place), []).append((profile, machine))
    made: list[Efficiency] = []
    for (convention, _), group in groups.items():
        mine, machines = [profile for profile, _ in group], [machine for _, machine in group if machine]
        rows = results.of_parts([profile["part"] for profile in mine])
        missing = results.missing(mine)
        remarks = [f"PARTIAL: not measured yet: {', '.join(each['method'] for each in missing)}."] if missing else []
        others = sum(other == convention for other, _ in groups) - 1
        if others:
            remarks.append(f"Methods of this run that were measured on another machine are in {others} other table(s).")
        methods = sources_first(results, [profile["method"] for profile in mine])
        table = of_rows(rows, convention, methods, machines, remarks)
        before = sum(earlier.name.startswith(table.name) for earlier in made)
        made.append(replace(table, name=f"{table.name}-{before + 1}") if before else table)
    return made


def of_rows(
    rows: pd.DataFrame,
    convention: str,
    methods: Sequence[str],
    machines: Sequence[Mapping[str, Any]],
    remarks: Sequence[str] = (),
) -> Efficiency:
    """The table of some rows of results.

    Args:
        rows: of task ``efficiency``.
        convention: size and kind of device, such as ``256x256 cpu``; rows with threads begin so too.
        methods: rows of the table, in order.
        machines: that they were measured on, equal ones as often as they come.
        remarks: what else the note is to say.
    """
    found = list(dict.fromkeys(rows["convention"]))
    # Of a GPU the times are under the convention itself.
    timed = [under for under in found if under.startswith(f"{convention} ")] or [convention]
    settings = {under: under.removeprefix(convention).strip() for under in timed}
    columns: dict[str, pd.Series[float]] = {}
    for metric in _COUNTS:
        columns[metric] = _column(rows, convention, metric, methods)
    for under, setting in settings.items():
        for metric in ("latency-ms", "latency-iqr-ms", "latency-runs"):
            columns[f"{metric} {setting}".strip()] = _column(rows, under, metric, methods)
    for metric in ("pairs-per-second", "best-batch"):
        columns[metric] = _column(rows, timed[-1], metric, methods)
    columns["memory-bytes"] = _column(rows, convention, "memory-bytes", methods)
    size, _, device = convention.partition(" ")
    distinct = list(dict.fromkeys(_machine(machine) for machine in machines))
    return Efficiency(
        name=f"{TASK}-{file_name(size)}-{file_name(device)}",
        title=f"Cost of one pair of {size} on {device}: {'; '.join(distinct)}",
        note=" ".join([*remarks, *_sentences(rows, methods, distinct, list(settings.values()))]),
        settings=tuple(settings.values()),
        costs=pd.DataFrame(columns, index=list(methods)),
    )


def heading(setting: str) -> str:
    """Of a column of times."""
    return f"ms, {setting} (IQR)" if setting else "ms (IQR)"


def cells(shown: Efficiency) -> pd.DataFrame:
    """The table's body as text, under its headings."""
    costs = shown.costs
    body = pd.DataFrame(index=costs.index)
    body["parameters"] = costs["parameters"].map(_whole)
    body["used"] = costs["parameters-used"].map(_whole)
    body["FLOPs"], body["MACs"] = costs["flops"].map(scaled), costs["macs"].map(scaled)
    for setting in shown.settings:
        median, iqr = (costs[f"{metric} {setting}".strip()].map(_short) for metric in ("latency-ms", "latency-iqr-ms"))
        body[heading(setting)] = median + " (" + iqr + ")"
    body[THROUGHPUT] = costs["pairs-per-second"].map(_short) + " (" + costs["best-batch"].map(_whole) + ")"
    body["MiB"] = (costs["memory-bytes"] / 2**20).map(_short)
    return body.replace("– (–)", "–")


def _column(rows: pd.DataFrame, convention: str, metric: str, methods: Sequence[str]) -> pd.Series[float]:
    mine = rows[(rows["convention"] == convention) & (rows["metric"] == metric)]
    return mine.set_index("method")["value"].reindex(list(methods)).astype(float)


def _short(value: float) -> str:
    """Four significant digits, never an exponent."""
    if pd.isna(value):
        return "–"
    before = len(f"{abs(value):.0f}") if abs(value) >= 1 else 0
    return f"{value:,.0f}" if before >= 4 else np.format_float_positional(float(f"{value:.4g}"), trim="-")


def _whole(value: float) -> str:
    return "–" if pd.isna(value) else f"{value:,.0f}"


def _machine(machine: Mapping[str, Any]) -> str:
    words = [str(machine["device"])]
    if "cores" in machine:
        words.append(f"{machine['cores']} cores")
    if "driver" in machine:
        words.append(f"driver {machine['driver']}, CUDA {machine['cuda']}")
    return ", ".join([*words, machine["dtype"], f"torch {machine['torch']}"])


def _sentences(
    rows: pd.DataFrame, methods: Sequence[str], machines: Sequence[str], settings: Sequence[str]
) -> Iterator[str]:
    if len(machines) > 1:
        yield "The rows are of different machines: their times do not compare."
    yield from _busy(rows)
    for (method, error), _ in rows[rows["error"].notna()].groupby(["method", "error"], sort=False):
        yield f"Failed: {method}: {error}."
    for method, few in _values(rows, "iterations-measured").items():
        yield f"{method}: time extended to all of its iterations from runs of 1 and {few:.0f}."
    for method, batch in _values(rows, "batch-failed").items():
        yield f"{method}: failed at a batch of {batch:.0f}; the throughput is of half of it at most."
    for method, batch in _values(rows, "batch-out-of-memory").items():
        yield f"{method}: out of memory at a batch of {batch:.0f}; the throughput is of half of it at most."
    most = f" with {settings[-1]}" if settings[-1] else ""
    least = f" with {settings[0]}" if settings[0] else ""
    yield (
        "From sources on the device to the fused image there, without reading, colour and rounding; methods that "
        f"optimise for each pair with all their iterations. ms: median and interquartile range; pairs/s{most}, at the "
        f"batch that gives most; MiB: peak{least}, above what was held before. Memory that is freed "
        "is kept by the C library, as by a GPU's allocator."
    )
    yield (
        "used: parameters that take part in a forward pass. MACs: multiplications with their addition, of convolutions "
        "and matrix products; FLOPs: two for each, and 5 N log2 N for an FFT of N complex numbers, half of it for real "
        "ones; – where a method hands over to numpy, whose work is not seen."
    )
    listed = [text for method in methods if (text := _uncounted(rows, method))]
    if listed:
        yield f"Not counted, in elements written, the {_SHOWN} most: {'; '.join(listed)}."


def _busy(rows: pd.DataFrame) -> Iterator[str]:
    """A warning where other work took cores while times were measured."""
    taken = _values(rows, "cores-taken-by-others")
    if taken:
        named = ", ".join(f"{method} ({cores:.2g} cores)" for method, cores in taken.items())
        yield f"BUSY MACHINE: other work took cores while these were measured: {named}; their times may be too long."


def _values(rows: pd.DataFrame, metric: str) -> dict[str, float]:
    mine = rows[rows["metric"] == metric]
    return dict(zip(mine["method"], mine["value"], strict=True))


def _uncounted(rows: pd.DataFrame, method: str) -> str:
    mine = rows[(rows["method"] == method) & rows["metric"].str.startswith(UNCOUNTED)]
    most = mine.sort_values("value", ascending=False, kind="stable").head(_SHOWN)
    named = [
        f"{metric.removeprefix(UNCOUNTED).removeprefix('aten.')} {scaled(value)}"
        for metric, value in zip(most["metric"], most["value"], strict=True)
    ]
    return f"{method}: {', '.join(named)}" if named else ""


def scaled(value: float) -> str:
    """A count in four significant digits with a prefix, such as 12.58 M."""
    if pd.isna(value):
        return "–"
    for power, prefix in ((12, "T"), (9, "G"), (6, "M"), (3, "k")):
        if value >= 10**power:
            return f"{_short(value / 10**power)} {prefix}"
    return f"{value:.0f}"
