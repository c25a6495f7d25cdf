"""What determines a value, as a description that can be hashed: a part made under another one is never reused."""

from __future__ import annotations

import hashlib
import inspect
import json
import sys
from pathlib import Path
from typing import Any

from ..datasets.degradations import DEGRADATIONS
from ..metrics._compute import Selected
from .cell import Condition


def of_metric(column: Selected) -> dict[str, Any]:
    """What determines a metric's values, beside the pictures."""
    metric = column.metric
    module = inspect.getmodule(metric.function)
    return {
        "name": column.name,
        "convention": column.convention,
        **code_version(metric.version, module.__name__ if module else ""),
    }


def of_condition(condition: Condition) -> dict[str, Any]:
    """What determines a degraded picture, beside the clean one and its depth."""
    described: dict[str, Any] = {"degradation": condition.degradation, "severity": condition.severity}
    if condition.degradation != "none":
        degradation = DEGRADATIONS.get(condition.degradation)
        described["seed"] = condition.seed
        described |= code_version(degradation.version, degradation.apply.__module__)
    return described


def code_version(version: int, module_name: str) -> dict[str, Any]:
    """Version of a built-in; for anybody else's code, which may change without one, the hash of its file too."""
    described: dict[str, Any] = {"version": version}
    file = getattr(sys.modules.get(module_name), "__file__", None)
    if file and not module_name.startswith("hifbench."):
        described["source"] = hashlib.sha256(Path(file).read_bytes()).hexdigest()
    return described


def digest(content: Any) -> str:
    """Sixteen hexadecimal digits that differ wherever the content, of JSON, does."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def safe_name(name: str) -> str:
    """A name as a folder: what a file system might refuse is replaced, and told apart by a hash."""
    clean = "".join(letter if letter.isalnum() or letter in "-_.@+" else "_" for letter in name)
    if clean != name or clean.startswith((".", "_")):
        return f"x{clean}-{digest(name)[:6]}"
    return clean
