"""What a user sets on the command line: values as TOML reads them, and the faults that pydantic finds in them."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import ValidationError

from ..errors import UsageError


def first_fault(error: ValidationError, keys: Callable[[Sequence[int | str]], Sequence[str]]) -> str:
    """The first fault as one line.

    Args:
        error: of pydantic.
        keys: names that may stand where the path to an unknown key ends.
    """
    faults = error.errors()
    # A misspelt key makes another one missing: the misspelling is the thing to show.
    fault = next((one for one in faults if one["type"] == "extra_forbidden"), faults[0])
    # A union adds its branch's type to the location: only names and numbers that the user wrote are shown.
    path = [part for part in fault["loc"] if not (isinstance(part, str) and "[" in part)]
    key = ".".join(str(part) for part in path)
    if fault["type"] == "extra_forbidden":
        allowed = keys(path)
        near = difflib.get_close_matches(str(path[-1]), allowed, n=1)
        hint = f"did you mean '{near[0]}'? " if near else ""
        return f"unknown key '{key}'; {hint}allowed keys: {', '.join(allowed)}"
    if fault["type"] == "missing":
        return f"key '{key}' is missing"
    if not key:  # a rule over several keys
        return fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "model_type":
        allowed = keys([*path, ""])
        return f"key '{key}': is a table with the keys {', '.join(allowed)}; set one of these, not {fault['input']!r}"
    hint = """, such as '["a", "b"]'""" if fault["type"] == "list_type" else ""
    return f"key '{key}': {fault['msg'][0].lower()}{fault['msg'][1:]}{hint}, not {fault['input']!r}"


def typed_setting(setting: str) -> tuple[str, Any]:
    """Key and value of ``--set key=value``, the value as TOML reads it; text that is no TOML is taken as it is.

    Raises:
        UsageError: no ``=`` in it.
    """
    key, equals, typed = setting.partition("=")
    if not equals:
        raise UsageError(f"--set {setting}: write key=value")
    try:
        return key.strip(), tomllib.loads(f"value = {typed}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), typed
