"""Building a method from its class, its weights and its options, with every mistake named."""

from __future__ import annotations

import difflib
import inspect
import os
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import torch

from ..errors import UsageError
from ._method import FusionMethod
from ._weights import WeightedMethod, locate, with_weights

TYPES = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}


def create(
    method: type[FusionMethod], weights: str | os.PathLike[str], device: str, options: Mapping[str, Any]
) -> FusionMethod:
    """See :func:`hifbench.methods.create`."""
    check_options(method, options)
    where = check_device(device)
    try:
        if issubclass(method, WeightedMethod):
            files = locate(method.card, weights)
            built: FusionMethod = method(files, **options)
            built.card = with_weights(method.card, files)  # type: ignore[misc]
        elif weights != "default":
            raise UsageError(f"{method.card.name} has no weights; leave --weights {os.fspath(weights)} out")
        else:
            built = method(**options)
    except ValueError as error:
        raise UsageError(f"{method.card.name}: {error}") from error
    built.to(where)
    return built


def check_options(method: type[FusionMethod], options: Mapping[str, Any]) -> None:
    """Raise UsageError for an option that the method does not take, or not with this type of value."""
    known = [
        name
        for name, parameter in inspect.signature(method).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    ]
    for option in options:
        if option not in known:
            near = difflib.get_close_matches(option, known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"it takes: {', '.join(known) or 'none'}"
            raise UsageError(f"{method.card.name} has no option '{option}'; {hint}")
        wanted = _kinds(get_type_hints(method.__init__).get(option))
        if wanted and not any(_is(options[option], kind) for kind in wanted):
            kinds = " or ".join(TYPES[kind] for kind in wanted if kind in TYPES)
            raise UsageError(f"{method.card.name}: option '{option}' is {kinds}, not {options[option]!r}; write it so")


def _kinds(hint: object) -> tuple[type, ...]:
    """The types that an annotation such as ``float | None`` allows; none where it has one that is not checked."""
    kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return kinds if all(kind in TYPES or kind is NoneType for kind in kinds) else ()


def _is(value: object, wanted: type) -> bool:
    """Whether a value typed by the user is of a type; a whole number is a number, True is none."""
    if isinstance(value, bool):
        return wanted is bool
    return isinstance(value, (int, float) if wanted is float else wanted)


def check_device(device: str) -> torch.device:
    """The torch device of that name.

    Raises:
        UsageError: not ``cpu``, ``cuda`` or ``cuda:i``, or not on this machine.
    """
    kind, _, index = device.partition(":")
    if kind not in ("cpu", "cuda") or device.endswith(":") or (index and not index.isdigit()):
        raise UsageError(f"unknown device '{device}'; use cpu, cuda or cuda:0")
    if kind == "cuda" and (not torch.cuda.is_available() or int(index or 0) >= torch.cuda.device_count()):
        raise UsageError(f"no device '{device}' here: torch sees {torch.cuda.device_count()} CUDA devices; use cpu")
    if kind == "cuda":
        # Ten bits of mantissa move grey levels, and would make a CPU's and a GPU's scores two different things.
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    return torch.device(device)
