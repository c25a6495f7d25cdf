"""``hifbench weights``: take over the weights that a method's authors published."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...methods import METHODS
from ...methods._import import import_weights
from .shared import say

command = typer.Typer(help="Take over the weights that a method's authors published.", no_args_is_help=True)


@command.callback()
def group() -> None:
    """Stands above the commands, so that the only one keeps its name."""


@command.command("import")
def take(
    method: Annotated[str, typer.Argument(help="Method, see 'hifbench list methods'.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="The official files, or their folder.")],
) -> None:
    """Check official weights by hash, keys and shapes, and store them as safetensors in the user's cache."""
    found = import_weights(METHODS.get(method), files)
    for name, sha256 in found.sources.items():
        known = "not the hash of a published file" if name in found.unknown else "as published"
        say(f"{name}: sha256 {sha256}, {known}")
    if found.unknown:
        say("keys and shapes fit the network, so it was imported; whose weights these are, nobody but you knows")
    say(f"licence of the weights: {found.licence}")
    say(f"stored as {found.path}, with {found.card.name} beside it")
    if found.default != found.path:
        say(f"the default is still {found.default}; use these with --weights {found.path}")
