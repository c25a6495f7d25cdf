"""``hifbench list``: what there is, without importing any of it."""

from __future__ import annotations

import json
import tomllib
from enum import StrEnum
from importlib.resources import files
from typing import Annotated, Any

import typer

from ...datasets import DATASETS
from ...datasets.degradations import DEGRADATIONS
from ...errors import UsageError
from ...methods import METHODS
from ...metrics import METRICS
from ...registry import Registry
from ..origins import store
from .shared import console


class Kind(StrEnum):
    """What can be listed."""

    METHODS = "methods"
    METRICS = "metrics"
    DATASETS = "datasets"
    DEGRADATIONS = "degradations"
    EXPERIMENTS = "experiments"


REGISTRIES: dict[Kind, Registry[Any]] = {
    Kind.METHODS: METHODS,
    Kind.METRICS: METRICS,
    Kind.DATASETS: DATASETS,
    Kind.DEGRADATIONS: DEGRADATIONS,
}


def command(
    kind: Annotated[Kind, typer.Argument(help="What to list.")],
    as_json: Annotated[bool, typer.Option("--json", help="As a JSON list.")] = False,
) -> None:
    """List methods, metrics, data sets, degradations or experiments."""
    found = _experiments() if kind is Kind.EXPERIMENTS else _entries(REGISTRIES[kind])
    if kind is Kind.METHODS:
        found = _with_imported(found)
    if as_json:
        typer.echo(json.dumps(found, indent=1))
        return
    out = console()
    width = max((len(item["name"]) for item in found), default=0)
    for item in found:
        origin = "" if item["source"] == "hifbench" else f" [{item['source']}]"
        out.print(f"{item['name']:<{width}}  {item['summary']}{origin}", markup=False, soft_wrap=True)
    if not found:
        out.print(f"no {kind.value} yet")


def _entries(registry: Registry[Any]) -> list[dict[str, str]]:
    return [
        {"name": entry.name, "summary": entry.summary, "source": entry.source} for entry in registry.entries.values()
    ]


def _with_imported(methods: list[dict[str, str]]) -> list[dict[str, str]]:
    """Methods with what was imported of them: those that results alone are known of as entries of their own."""
    of_name = {method["name"]: method for method in methods}
    for name in store.names():
        try:
            imported = [of for splits in store.read(name).values() for of in splits]
            there = ", ".join(f"{of.dataset}/{of.split} ({len(of.pictures)})" for of in imported)
        except UsageError as error:
            there = str(error)
        method = of_name.setdefault(name, {"name": name, "summary": "Results made elsewhere", "source": "imported"})
        method["summary"] += f"; imported pictures: {there}"
    return sorted(of_name.values(), key=lambda method: method["name"])


def _experiments() -> list[dict[str, str]]:
    folder = files("hifbench.bench") / "experiments"
    return [
        {
            "name": item.name.removesuffix(".toml"),
            "summary": tomllib.loads(item.read_text(encoding="utf-8"))["title"],
            "source": "hifbench",
        }
        for item in sorted(folder.iterdir(), key=lambda item: item.name)
        if item.name.endswith(".toml")
    ]
