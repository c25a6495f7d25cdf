"""The picture browser's data: sets of pairs in pages, and the pairs on which each method does best and worst."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from ..folder import Folder
from .album import Album, Photo
from .content import Content
from .extremes import extremes
from .frames import Frames, frames, shortened

PAGE = 48
"""Pairs in a page of the list, which is a file of its own: a run may have 10,000."""


class Browser:
    """Writes the data of the picture browser.

    Args:
        content: of the site.
        folder: of the site.
    """

    def __init__(self, content: Content, folder: Folder) -> None:
        self.content, self.folder = content, folder
        self.album = Album(folder, content.run_dir)
        self.fused = 0
        """Number of pictures that methods made and the site shows."""

    def write(self) -> None:
        """Write all data, and take the pictures into the site."""
        cards = self.content.results.run["metrics"]
        sets = []
        for index, shown in enumerate(frames(self.content.results, self.content.tables)):
            self._write_set(f"set{index}", shown, self.album.take(shown.wanted(self.content.run_dir)))
            sets.append(
                {
                    "name": f"set{index}",
                    "data": f"{shown.group.dataset}, {shown.group.split}",
                    "condition": condition(shown),
                    "pairs": len(shown.pairs),
                    "methods": shown.methods,
                    "tables": [
                        {"task": table.task, "convention": table.convention, "metrics": list(table.labels)}
                        for table in shown.tables
                    ],
                }
            )
        metrics = {name: {"label": card["label"], "direction": card["direction"]} for name, card in cards.items()}
        self.folder.data("pictures", {"sets": sets, "metrics": metrics, "page": PAGE, "kept": self.fused > 0})
        self.album.close()

    def _write_set(self, name: str, shown: Frames, photos: dict[Path, Photo]) -> None:
        run_dir = self.content.run_dir
        fused = [[shown.fused(run_dir, photos, method, pair) for pair in shown.pairs] for method in shown.methods]
        sources = [shown.sources(run_dir, photos, pair) for pair in shown.pairs]
        self.fused += sum(photo is not None for of_method in fused for photo in of_method)
        for page, first in enumerate(range(0, len(shown.pairs), PAGE)):
            part = slice(first, first + PAGE)
            ids = shown.pairs[part]
            self.folder.data(
                f"{name}-{page}",
                {
                    "ids": ids,
                    "sizes": [_size(*of_pair, *(row[place] for row in fused))
                              for place, of_pair in enumerate(sources[part], first)],
                    "infrared": [_hash(ir) for ir, _ in sources[part]],
                    "visible": [_hash(vis) for _, vis in sources[part]],
                    "fused": [[_hash(photo) for photo in row[part]] for row in fused],
                    "scores": [
                        [[list(map(shortened, row)) for row in of_metric[:, part].tolist()] for of_metric in values]
                        for values in shown.values
                    ],
                    "errors": [
                        [shown.methods.index(method), place, error]
                        for place, id in enumerate(ids)
                        for method in shown.methods
                        if (error := shown.errors.get((method, id)))
                    ],
                },
            )  # fmt: skip
        self.folder.data(f"{name}-ids", shown.pairs)
        for index, table in enumerate(shown.tables):
            cards = self.content.results.run["metrics"]
            ends = [
                [extremes(row, cards[metric]["direction"]) for row in of_metric]
                for metric, of_metric in zip(table.labels, shown.values[index], strict=True)
            ]
            self.folder.data(f"{name}-ends-{index}", ends)


def condition(shown: Frames) -> str:
    """How the visible images of some pairs are degraded, in words."""
    group = shown.group
    if group.degradation == "none":
        return "clean"
    return f"{group.degradation} {group.severity:g} (seed {group.seed})"


def how_to_keep(content: Content) -> str:
    """The command that adds the pictures to a run."""
    command = list(map(str, content.results.run.get("command", [])))
    if not command:
        return f"hifbench run {content.results.plan['experiment']} --out {content.run_dir} --keep-fused"
    return shlex.join([*command, *([] if "--keep-fused" in command else ["--keep-fused"])])


def _hash(photo: Photo | None) -> str | None:
    return photo.hash if photo else None


def _size(*photos: Photo | None) -> Sequence[int] | None:
    """Of the first of a pair's pictures: all have the same."""
    return next(([photo.width, photo.height] for photo in photos if photo), None)
