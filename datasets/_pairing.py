"""Which files belong together: two or more folders, patterns or single files, matched by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePath

from ..errors import UsageError
from ._images import is_image
from ._labels.label import Label
from ._source import BrokenPair, FilePair, PairSource

_WILDCARD = re.compile(r"\*\*/|\*\*|\*|\?+|\[[^\]]+\]")


def match_files(sides: Mapping[str, str | Path]) -> dict[str, tuple[Path | None, ...]]:
    """Match the images of several sides by name.

    A side is a folder (its images, matched by stem), a pattern with ``*``, ``?`` or ``[..]`` (matched by the
    text that the wildcards stand for; ``**/`` stands for any folders), or one image file. Suffixes may
    differ, in case too; hidden files and files that are no images are left out.

    Args:
        sides: name of each side for messages, such as ``--ir`` -> where its images are.

    Returns:
        Key -> the file of each side, in the order of ``sides``, None where the side has none; keys in natural
        order (2 before 10). Single files on all sides are one match under the first one's stem.

    Raises:
        UsageError: a side is not there or holds no image, two of its files have one key, or no key at all is
            on every side.
    """
    places = {side: Path(where) for side, where in sides.items()}
    if all(place.is_file() for place in places.values()):
        files = tuple(places.values())
        return {files[0].stem: files}
    listings = [list_side(side, place) for side, place in places.items()]
    keys = sorted(set().union(*listings), key=natural_key)
    matches = {key: tuple(listing.get(key) for listing in listings) for key in keys}
    if not any(None not in files for files in matches.values()):
        firsts = " and ".join(next(iter(listing.values())).name for listing in listings)
        raise UsageError(
            f"no image has its partner by name in {' and '.join(str(place) for place in places.values())} "
            f"(first: {firsts}); rename the files, or give patterns such as 'IR*.bmp' and 'VIS*.bmp'"
        )
    return matches


def find_pairs(ir: Path, vis: Path, label: Callable[[str], Label | None] = lambda key: None) -> list[PairSource]:
    """Pairs of two sides, see :func:`match_files`; an image without a partner is a pair in error.

    Args:
        ir: folder, pattern or file of the infrared images.
        vis: the same of the visible images.
        label: gives the annotation of a key.

    Raises:
        UsageError: as :func:`match_files`.
    """
    sources: list[PairSource] = []
    for key, (infrared, visible) in match_files({"ir": ir, "vis": vis}).items():
        if infrared and visible:
            sources.append(FilePair(key, infrared, visible, label=label(key)))
        elif infrared:
            sources.append(BrokenPair(key, [infrared], f"{infrared} has no visible image in {vis}; add it"))
        elif visible:
            sources.append(BrokenPair(key, [visible], f"{visible} has no infrared image in {ir}; add it"))
    return sources


def natural_key(text: str) -> tuple[list[str | int], str]:
    """Sort key that takes runs of digits as numbers: ``a2`` before ``a10``."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", text)], text


def list_side(side: str, place: Path) -> dict[str, Path]:
    """The images of one side by their key, see :func:`match_files`.

    Raises:
        UsageError: the side is not there or holds no image, or two of its files have one key.
    """
    if place.is_dir():
        return _by_key(side, place, ((path.stem, path) for path in place.iterdir() if is_image(path)))
    if place.is_file():
        return {place.stem: place}
    if _WILDCARD.search(str(place)):
        return _by_key(side, place, _glob(place))
    raise UsageError(f"{side}: no file or folder {place}; give an image, a folder of images or a pattern")


def _by_key(side: str, place: Path, files: Iterable[tuple[str, Path]]) -> dict[str, Path]:
    listing: dict[str, Path] = {}
    for key, path in sorted(files):
        if key in listing:
            raise UsageError(
                f"{side}: {listing[key]} and {path} are both called '{key}'; keep one of them, or give a "
                f"pattern that fits one"
            )
        listing[key] = path
    if not listing:
        raise UsageError(f"{side}: no image in {place}; images are PNG, BMP, TIFF or JPEG files")
    return listing


def _glob(pattern: Path) -> list[tuple[str, Path]]:
    parts = pattern.parts
    fixed = next(index for index, part in enumerate(parts) if _WILDCARD.search(part))
    base, rest = Path(*parts[:fixed]), PurePath(*parts[fixed:])
    expression = _expression(rest)
    # Every file of that depth, not `glob(rest)`: a suffix is to match in upper and in lower case.
    candidates = base.rglob("*") if "**" in rest.parts else base.glob("/".join("*" for _ in rest.parts))
    found = []
    for path in candidates:
        match = expression.fullmatch(path.relative_to(base).as_posix())
        if match and is_image(path):
            found.append(("/".join(text for text in match.groups() if text), path))
    return found


def _expression(pattern: PurePath) -> re.Pattern[str]:
    """Regular expression for relative paths; one group per wildcard, none for those of the suffix."""
    suffix = _translate(pattern.suffix, group="(?:{})") if pattern.suffix else r"\.[^./]+"
    body = pattern.with_suffix("") if pattern.suffix else pattern
    try:
        return re.compile(f"{_translate(body.as_posix(), group='({})')}(?i:{suffix})")
    except re.error as error:
        raise UsageError(
            f"{pattern} is no pattern ({error}); write [a-z] or [!a-z] for one letter of a range"
        ) from error


def _translate(text: str, group: str) -> str:
    translated, end = "", 0
    for wildcard in _WILDCARD.finditer(text):
        token = wildcard.group()
        translated += re.escape(text[end : wildcard.start()])
        if token == "**/":
            translated += f"(?:{group.format('.*')}/)?"
        elif token.startswith("*"):
            translated += group.format("[^/]*")
        elif token.startswith("?"):
            translated += group.format(f"[^/]{{{len(token)}}}")
        else:
            translated += group.format(token.replace("[!", "[^", 1))
        end = wildcard.end()
    return translated + re.escape(text[end:])
