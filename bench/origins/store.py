"""Results that were made elsewhere, as ``hifbench import`` keeps them: ``imported/METHOD/DATASET`` of the user's data.

``SPLIT.json`` is the card of what was imported for a split. It names the folder beside it that holds the luminance of
every fused picture as an 8-bit PNG, named after the sources that it is of: a card that is replaced takes its pictures
with it at once. Reading the cards imports no torch: ``hifbench list`` is not to wait for it.
"""

from __future__ import annotations

import json
import re
import shutil
import uuid
from contextlib import suppress
from pathlib import Path

from filelock import FileLock
from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict

from ...errors import UsageError
from ...storage import write_whole

FORMAT = 2
"""Of a card; raised when its content takes another form."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._+-]*")


class MissingResultsError(UsageError):
    """Nothing was imported of a method that has no code here."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Stored(_Strict):
    """One fused picture.

    Attributes:
        sources: hash of the two luminances that it is of, and name of its file here.
        file: name that it was imported from.
        original: sha256 of that file.
        stored: sha256 of the file here.
        remarks: what is odd about it.
    """

    sources: str
    file: str
    original: str
    stored: str
    remarks: tuple[str, ...] = ()


class Absent(_Strict):
    """A pair without a picture: hash of its sources, and why."""

    sources: str
    why: str


class Results(_Strict):
    """The pictures of one method for one split of a data set.

    Attributes:
        format: of this file.
        method: name.
        dataset: name.
        split: that was imported.
        within: name of the folder of the pictures, beside the card.
        source: folder or pattern that the files were found under.
        made_by: who made them and with what, as the user says.
        licence: as the user says.
        imported: when, ISO 8601 in UTC.
        files: how many there are.
        sha256: one hash over all of them as they were found.
        lossy: how many were compressed with loss (JPEG).
        colour: how many were in colour, of which the luminance is kept.
        resized: how many were resized, which was asked for.
        pictures: id of the pair -> its picture.
        absent: id of the pair -> why it has none.
    """

    format: int = FORMAT
    method: str
    dataset: str
    split: str
    within: str
    source: str
    made_by: str
    licence: str
    imported: str
    files: int
    sha256: str
    lossy: int
    colour: int
    resized: int
    pictures: dict[str, Stored]
    absent: dict[str, Absent]

    @property
    def folder(self) -> Path:
        """Where the pictures lie."""
        return card_of(self.method, self.dataset, self.split).with_name(self.within)

    @property
    def remarks(self) -> list[str]:
        """What a reader of a table must know, in words."""
        odd: dict[str, int] = {}
        for picture in self.pictures.values():
            for remark in picture.remarks:
                odd[remark.partition(" (")[0]] = odd.get(remark.partition(" (")[0], 0) + 1
        said = [f"{self.lossy} of them JPEG, which loses detail"] * bool(self.lossy)
        return said + [f"{count} {remark}" for remark, count in odd.items()]


def check_name(name: str) -> str:
    """A method's name in lower case, if it can be one.

    Raises:
        UsageError: it has other characters than letters, digits, ``.``, ``_``, ``+`` and ``-``.
    """
    lower = name.strip().lower()
    if not _NAME.fullmatch(lower):
        raise UsageError(f"--method {name}: a name is letters, digits and . _ + -, such as rfnet or my-net")
    return lower


def root() -> Path:
    """The folder of all imported results."""
    return user_data_path("hifbench") / "imported"


def card_of(method: str, dataset: str, split: str) -> Path:
    """The card of one method's results for one split of a data set."""
    return root() / method / dataset / f"{split}.json"


def names() -> list[str]:
    """Methods of which results were imported."""
    return sorted({path.parent.parent.name for path in root().glob("*/*/*.json") if _is_shown(path)})


def read(method: str) -> dict[str, list[Results]]:
    """Data set -> results of a method that were imported for its splits, the newest last; empty when there are none.

    Raises:
        UsageError: a card is damaged, or another version of hifbench wrote it.
    """
    found: dict[str, list[Results]] = {}
    for path in sorted(path for path in (root() / method).glob("*/*.json") if _is_shown(path)):
        found.setdefault(path.parent.name, []).append(_read(path))
    return {dataset: sorted(results, key=lambda one: one.imported) for dataset, results in found.items()}


def replaced_by(method: str, dataset: str, split: str) -> Results | None:
    """What an import would replace; None where there is nothing, or nothing that can be read."""
    with suppress(UsageError):
        return next((of for of in read(method).get(dataset, []) if of.split == split), None)
    return None


def put(results: Results, pictures: Path) -> None:
    """Let results take the place of those that were imported for their split before.

    Args:
        results: whose pictures lie in a hidden folder yet.
        pictures: that folder, beside the one that it is to be.

    Raises:
        OSError: nothing can be written.
    """
    card = card_of(results.method, results.dataset, results.split)
    with FileLock(card.with_name(f".{results.split}.lock")):
        pictures.replace(results.folder)
        try:
            write_whole(card, (results.model_dump_json(indent=1) + "\n").encode())
        except OSError:
            shutil.rmtree(results.folder, ignore_errors=True)
            raise
        for folder in card.parent.iterdir():
            if folder.name != results.within and _is_within(folder.name, results.split) and folder.is_dir():
                shutil.rmtree(folder, ignore_errors=True)


def new_folder(split: str) -> str:
    """A name for the folder of a split's pictures that none has yet."""
    return f"{split}-{uuid.uuid4().hex[:8]}"


def _is_within(name: str, split: str) -> bool:
    return re.fullmatch(re.escape(split) + "-[0-9a-f]{8}", name) is not None


def _is_shown(card: Path) -> bool:
    """Whether a card is no leftover of an import that was broken off."""
    return not card.name.startswith(".") and _NAME.fullmatch(card.parent.parent.name) is not None


def _read(path: Path) -> Results:
    again = "import again, or delete it"
    try:
        content = json.loads(path.read_bytes())
        if isinstance(content, dict) and content.get("format") != FORMAT:
            raise UsageError(f"{path} is of format {content.get('format')}, not {FORMAT}; {again}")
        results = Results.model_validate(content)
        if (results.method, results.dataset, results.split) != (path.parent.parent.name, path.parent.name, path.stem):
            raise UsageError(f"{path} is of {results.method}, {results.dataset}/{results.split}; {again}")
        if not _is_within(results.within, results.split):
            raise UsageError(f"{path} names no folder of its own pictures; {again}")
        return results
    except (OSError, ValueError) as error:
        problem = " ".join(str(error).split())[:200]
        raise UsageError(f"{path} cannot be read ({problem}); {again}") from error
