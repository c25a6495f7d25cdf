"""From a row of an experiment to where its pictures come from."""

from __future__ import annotations

from ...methods import METHODS
from ..experiment import MethodChoice
from . import naming
from .command import Command
from .imported import Imported, card_of_results
from .origin import Origin
from .python_callable import python_callable
from .registered import Registered


def origin_of(choice: MethodChoice) -> Origin:
    """Where the pictures of a row come from.

    Raises:
        UsageError: there is no such method, or somebody's code cannot be imported.
    """
    if choice.command:
        return Command(choice.name, choice.command, choice.timeout, choice.version)
    if naming.is_callable(choice.name):
        return python_callable(choice.name, choice.weights, choice.options, choice.version)
    if choice.name not in METHODS.entries:
        return Imported(card_of_results(choice.name), choice.weights, choice.options)
    method = METHODS.get(choice.name)
    if method.card.needs_results:
        return Imported(method.card, choice.weights, choice.options)
    return Registered(choice.name, method, choice.weights, choice.options)
