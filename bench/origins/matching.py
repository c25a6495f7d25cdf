"""Which fused picture is of which pair, by the rule that a toolbox named its pictures by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

_TRIED = 5  # files that rules are guessed from; a stray one among the first is none of the rule


class Matched(NamedTuple):
    """Pictures by pair.

    Attributes:
        of_pair: id of the pair -> picture.
        rule: how the names were read, in words; empty where they are the pairs' own.
    """

    of_pair: dict[str, Path]
    rule: str


def match(files: Mapping[str, Path], ids: Sequence[str]) -> Matched:
    """Match pictures with pairs.

    A picture may be called like its pair, whose folder may be left out or joined by ``_`` or ``-``, and all may have
    one text more before and after it. Of all rules that one is taken which fits most pictures, the plainest of equals.

    Args:
        files: name without suffix -> picture; folders joined by ``/``.
        ids: of the pairs.
    """
    best = Matched({}, "")
    for of_name, form in _forms(ids):
        for before, after in _affixes(list(files), of_name):
            found = {
                of_name[name[len(before) : len(name) - len(after)]]: path
                for name, path in files.items()
                if len(name) > len(before) + len(after)
                and name.startswith(before)
                and name.endswith(after)
                and name[len(before) : len(name) - len(after)] in of_name
            }
            affixed = [f"'{before}*{after}' with the pair's name for *"] if before or after else []
            if len(found) > len(best.of_pair):
                best = Matched(found, ", ".join([*affixed, *([form] if form else [])]))
    return best


def _forms(ids: Sequence[str]) -> Iterator[tuple[dict[str, str], str]]:
    """Names that pairs may go by -> id, and what was done to the ids for it; a name of several pairs is none."""
    yield {id: id for id in ids}, ""
    if any("/" in id for id in ids):
        for joined in ("_", "-"):
            yield _unique({id: id.replace("/", joined) for id in ids}), f"folders joined by {joined}"
        yield _unique({id: PurePosixPath(id).name for id in ids}), "folders left out"


def _unique(names: Mapping[str, str]) -> dict[str, str]:
    count: dict[str, int] = {}
    for name in names.values():
        count[name] = count.get(name, 0) + 1
    return {name: id for id, name in names.items() if count[name] == 1}


def _affixes(names: Sequence[str], of_name: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What stands before and after the pair's name, first nothing, then as in one of the first pictures."""
    yield "", ""
    guessed = {
        (name[:at], name[at + len(pair) :])
        for name in names[:_TRIED]
        for pair in of_name
        if pair and (at := name.find(pair)) >= 0
    }
    yield from sorted(guessed - {("", "")}, key=lambda affix: (len("".join(affix)), affix))
