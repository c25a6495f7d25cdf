"""Names of methods as users type them: registered ones, imported results, ``module:callable``."""

from __future__ import annotations

import difflib

from ...errors import UsageError
from ...methods import METHODS
from . import store


def is_callable(name: str) -> bool:
    """Whether a name says ``module:callable``."""
    return ":" in name


def resolve(name: str) -> str:
    """Canonical spelling of a method's name; ``module:callable`` is not imported for that.

    Raises:
        UsageError: no such method; the message names the nearest ones.
    """
    typed = name.strip()
    if is_callable(typed):
        module, _, attribute = typed.partition(":")
        words = [*module.split("."), *attribute.split(".")]
        if not all(word.isidentifier() for word in words):
            raise UsageError(f"'{typed}' is no method; write module:callable, such as mymodel:fuse of mymodel.py")
        return typed
    imported = store.names()
    if typed.lower() in imported and typed.lower() not in METHODS.entries:
        return typed.lower()
    try:
        return METHODS.resolve(typed)
    except UsageError as error:
        near = difflib.get_close_matches(typed.lower(), imported, n=1)
        if not near:
            raise UsageError(f"{error}; pictures made elsewhere become a method by 'hifbench import'") from error
        raise UsageError(f"unknown method '{typed}'; did you mean {near[0]}, whose results are imported?") from error
