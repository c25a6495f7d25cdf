"""Any Python callable as a method: ``module:callable``.

Such as ``mymodel:fuse`` for the function ``fuse`` of a ``mymodel.py`` in the folder that hifbench is called in, or
anywhere on Python's path; ``docs/elsewhere.md`` has an example.

It may be a function, an instance with ``__call__`` (a ``torch.nn.Module`` is put on the device and in evaluation mode),
a class of such instances, which is made with the row's options, or a ``FusionMethod`` with all that belongs to it.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ...errors import UsageError
from ...methods._create import check_device
from ...methods._method import FusionMethod, MethodCard
from ..fingerprint import code_version
from .origin import Origin
from .registered import Registered

_HIGHEST = 2.0
"""Largest mean of a fused image that is nominally in [0, 1]; one in grey levels has a higher one unless it is black."""

_LIBRARIES = frozenset({"site-packages", "dist-packages"})
_UNSEEN = "what its module imports and loads"


def python_callable(name: str, weights: str, options: Mapping[str, Any], version: str) -> Origin:
    """Where the pictures of ``module:callable`` come from.

    Args:
        name: ``module:callable``; the module is looked for in the current folder first.
        weights: of a ``FusionMethod`` class, else ``default``.
        options: keyword arguments of the class, or of each call of a function.
        version: that the user raises when what the module's own file does not show has changed.

    Raises:
        UsageError: there is no such module or callable, or it fails when it is imported.
    """
    found, module = _import(name)
    is_class = isinstance(found, type) and issubclass(found, FusionMethod)
    if (is_class or isinstance(found, FusionMethod)) and not isinstance(getattr(found, "card", None), MethodCard):
        raise UsageError(f"{name} is a FusionMethod without a card; give it one, see CONTRIBUTING.md")
    if is_class:
        return _OwnMethod(name, found, weights, options, version)
    if weights != "default":
        raise UsageError(f"{name} loads its own weights; leave 'weights' out, or hand it a path as an option")
    return PythonCallable(name, found, module, options, version)


def _import(name: str) -> tuple[Any, str]:
    """The callable or method, and the name of the module that it is looked up in."""
    module_name, _, path = name.partition(":")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)  # the command `hifbench`, unlike `python -m`, does not look there
    try:
        found: Any = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:  # somebody's code; a script without a main guard ends the process
        problem = " ".join(str(error).split())
        raise UsageError(
            f"{name}: module '{module_name}' cannot be imported ({type(error).__name__}: {problem}); call hifbench in "
            f"the folder that holds it, or add that to PYTHONPATH"
        ) from error
    where = getattr(found, "__file__", None) or "no file"
    for part in path.split("."):
        if not hasattr(found, part):
            raise UsageError(f"{name}: there is no '{path}' in {where}; name a function, a class or an instance of it")
        found = getattr(found, part)
    if not callable(found) and not isinstance(found, FusionMethod):
        raise UsageError(f"{name}: '{path}' in {where} is {type(found).__name__}, which cannot be called")
    return found, module_name


class _OwnMethod(Registered):
    """A ``FusionMethod`` that is no plug-in."""

    def __init__(
        self, name: str, method: type[FusionMethod], weights: str, options: Mapping[str, Any], version: str
    ) -> None:
        super().__init__(name, method, weights, options)
        self._version = version

    def determines(self, *, untrained: bool = False) -> dict[str, Any]:
        """See :meth:`Origin.determines`."""
        return {**super().determines(untrained=untrained), "stated": self._version}

    def unseen(self) -> str:
        """See :meth:`Origin.unseen`."""
        return _UNSEEN


class PythonCallable(Origin):
    """A function, an instance or a class that is no ``FusionMethod`` class; see :func:`python_callable`."""

    def __init__(
        self, name: str, found: Callable[..., Any], module: str, options: Mapping[str, Any], version: str
    ) -> None:
        self._name, self._found, self._module = name, found, module
        self._options, self._version = options, version
        documented = (found.__doc__ or "").strip().splitlines()
        title = documented[0] if documented else "a Python callable"
        self.card = (
            replace(found.card, needs_weights=False)  # it holds them
            if isinstance(found, FusionMethod)
            else MethodCard(name=name, title=title, paper="none", trained_on="not stated")
        )

    def check(self) -> None:
        """See :meth:`Origin.check`; what the callable takes shows when it is called."""

    def determines(self, *, untrained: bool = False) -> dict[str, Any]:
        """See :meth:`Origin.determines`: the hash of the module's file; neither what it imports nor what it loads."""
        options = dict(self._options)
        return {"name": self._name, "options": options, "stated": self._version, **code_version(1, self._module)}

    def build(self, device: str, place: str = "") -> FusionMethod:
        """See :meth:`Origin.build`."""
        where = check_device(device)
        called, options = self._found, dict(self._options)
        if isinstance(called, type):
            try:
                called, options = called(**options), {}
            except Exception as error:
                problem = " ".join(str(error).split())
                raise UsageError(f"{self.card.name} cannot be made ({type(error).__name__}: {problem})") from error
        if isinstance(called, FusionMethod):
            if options:
                raise UsageError(f"{self.card.name} is made already and takes no options; name its class instead")
            called.to(where)
            return called
        if not callable(called):
            raise UsageError(f"{self.card.name}: its instances cannot be called; define __call__(self, ir, vis)")
        method = Called(self.card, called, options)
        method.to(where)
        return method

    def unseen(self) -> str:
        """See :meth:`Origin.unseen`."""
        return _UNSEEN


class CallableFailure(Exception):
    """Something else than a fused image; what the callable imports or loads is not seen, so the pair is tried again."""


class Called(FusionMethod):
    """Fuses by calling somebody's code.

    Args:
        card: of the method.
        called: takes infrared and visible luminance, float32 (B, 1, H, W) in [0, 1], and gives the fused one.
        options: keyword arguments of each call.
    """

    def __init__(self, card: MethodCard, called: Callable[..., Any], options: Mapping[str, Any]) -> None:
        super().__init__()
        self.card = card  # type: ignore[misc]  # known when the callable is
        self._called, self._options = called, options

    def to(self, device: torch.device) -> None:
        """See :meth:`FusionMethod.to`."""
        super().to(device)
        if isinstance(self._called, nn.Module):
            self._called.to(device).eval()

    def _fuse(self, ir: Tensor, vis: Tensor) -> Tensor:
        try:
            # Code that works in place harms no other row.
            fused = self._called(ir.clone(), vis.clone(), **self._options)
        except Exception as error:
            error.add_note(_place(error))
            raise
        if not isinstance(fused, Tensor):
            raise CallableFailure(
                f"{self.card.name} returned {type(fused).__name__}, not a tensor; return torch.float32 of shape "
                f"{tuple(vis.shape)}"
            )
        if fused.shape != vis.shape:
            raise CallableFailure(
                f"{self.card.name} returned a tensor of shape {tuple(fused.shape)} for images of {tuple(vis.shape)}; "
                f"return the shape that it was given"
            )
        if not fused.is_floating_point() or bool(fused.mean() > _HIGHEST):
            raise CallableFailure(
                f"{self.card.name} returned {fused.dtype} with a mean of {float(fused.to(torch.float64).mean()):.3g}; "
                f"return floating point in [0, 1], grey levels divided by 255"
            )
        return fused.to(torch.float32)


def _place(error: Exception) -> str:
    """Where in somebody's code an exception comes from: the innermost line that is of no installed library."""
    frames = traceback.extract_tb(error.__traceback__)[1:]  # the first is ours
    theirs = [frame for frame in frames if not _LIBRARIES.intersection(Path(frame.filename).parts)] or frames
    return f"({Path(theirs[-1].filename).name}, line {theirs[-1].lineno})" if theirs else ""
