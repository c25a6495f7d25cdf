"""The call of ``hifbench run`` that adds rows to a run directory: the user's own, with other methods."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from .results import Results

FLAGS = ("--keep-fused",)
"""Options of ``hifbench run`` without a value."""

REPLACED = ("--methods", "--method", "--limit", "--out", "--shard")
"""Options that the added rows have otherwise, or that would leave out some of them."""

NOT_THEIRS = ("methods", "schedule", "seeds")
"""Keys of an experiment that say the same, or that are of trained rows alone, so that setting them is a mistake."""


def adding(results: Results, methods: Sequence[str], place: str) -> str:
    """The call that adds methods to a run directory, over the same pairs.

    Args:
        results: of the run.
        methods: to add, by name.
        place: data set and split whose number of pairs it keeps, as ``name/split``.

    Returns:
        For a shell. What the user gave is kept: data root, data sets, settings, device and the like.
    """
    command = [str(word) for word in results.run.get("command", [])]
    typed = list(_options(command[2:])) if command[1:2] == ["run"] else []
    named = [words[0] for words in typed if not words[0].startswith("-")]
    kept = [word for words in typed if words[0].startswith("-") and _is_kept(words) for word in words]
    # An experiment of the user's own is named by its file.
    experiment = named[0] if named else results.plan["experiment"]
    limit = results.plan["datasets"].get(place, {}).get("limit")
    limited = ["--limit", str(limit)] if limit else []
    added = ["--methods", ",".join(methods), *limited, "--out", str(results.folder)]
    return shlex.join(["hifbench", "run", experiment, *kept, *added])


def _options(words: Sequence[str]) -> Iterator[list[str]]:
    """Each option with its value, and each word that is of none."""
    left = iter(words)
    for word in left:
        takes_next = word.startswith("-") and "=" not in word and word not in FLAGS
        yield [word, *([value] if takes_next and (value := next(left, None)) is not None else [])]


def _is_kept(words: Sequence[str]) -> bool:
    option, _, value = words[0].partition("=")
    value = words[1] if len(words) > 1 else value
    if option == "--set":  # an option of another method, or of trainings, is none of these methods'
        key = value.partition("=")[0]
        return key.startswith("retraining.") or ("." not in key and key not in NOT_THEIRS)
    return option not in REPLACED
