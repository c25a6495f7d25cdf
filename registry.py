"""One registry for everything that has a name: methods, metrics, data sets, degradations.

A built-in is found by its file: ``methods/laplacian.py`` is the method ``laplacian``, ``metrics/ms_ssim.py`` the
metric ``MS-SSIM``. A file whose name starts with an underscore is shared machinery and no entry. Other
distributions add entries through an entry-point group. Listing reads file names and docstrings only, so it
imports neither torch nor the entries; an entry is imported when it is asked for.
"""

from __future__ import annotations

import ast
import difflib
import importlib
import importlib.util
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import entry_points
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, TypeVar, cast

from .errors import UsageError

T = TypeVar("T")


@dataclass(frozen=True)
class Entry:
    """Where one registered thing comes from.

    Attributes:
        name: as users type it.
        target: ``module:attribute``, imported on demand.
        source: ``hifbench`` for a built-in, else the name of the distribution that adds it.
        file: the built-in's source file; None for a plug-in.
    """

    name: str
    target: str
    source: str
    file: Path | None

    @property
    def summary(self) -> str:
        """First line of a built-in's module docstring, read without importing it."""
        if self.file is None:
            return f"plug-in of {self.source}"
        docstring = ast.get_docstring(ast.parse(self.file.read_text(encoding="utf-8")))
        return docstring.splitlines()[0] if docstring else ""


class Registry(Generic[T]):
    """Lazy, typed look-up from names to objects of one kind; read-only once its entries have been listed.

    Args:
        kind: what an entry is called in messages, such as ``metric``.
        package: full name of the package whose files are the built-ins, such as ``hifbench.metrics``.
        group: entry-point group through which other distributions add entries.
        attribute: name of the object that each module of the package defines, such as ``METRIC``.
        base: full path ``module:class`` of what every entry must be.
        classes: whether entries are subclasses of ``base``; instances otherwise.
        spell: turns a name into its canonical spelling; names are compared without regard to case.
        exclude: files and folders of the package that are no entries although no underscore says so.
    """

    def __init__(
        self,
        *,
        kind: str,
        package: str,
        group: str,
        attribute: str,
        base: str,
        classes: bool = False,
        spell: Callable[[str], str] = str.lower,
        exclude: Collection[str] = (),
    ) -> None:
        self.kind = kind
        self.group = group
        self._package = package
        self._exclude = frozenset(exclude)
        self._attribute = attribute
        self._base = base
        self._classes = classes
        self._spell = spell
        self._loaded: dict[str, T] = {}

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """All entries by canonical name, in alphabetical order.

        Raises:
            UsageError: two distributions claim one name.
        """
        found: dict[str, Entry] = {}
        for entry in [*self._built_ins(), *self._plug_ins()]:
            if entry.name in found:
                raise UsageError(
                    f"the {self.kind} '{entry.name}' is claimed twice, by {found[entry.name].source} "
                    f"({found[entry.name].target}) and by {entry.source} ({entry.target}); uninstall one of them"
                )
            found[entry.name] = entry
        return MappingProxyType(dict(sorted(found.items())))

    def names(self) -> list[str]:
        """Canonical names of all entries."""
        return list(self.entries)

    def resolve(self, name: str) -> str:
        """Canonical spelling of ``name``; of punctuation only what tells two entries apart counts: Q_P is QP.

        Raises:
            UsageError: no such entry; the message names the nearest ones.
        """
        canonical = self._spell(name.strip())
        if canonical in self.entries:
            return canonical
        alike = [entry for entry in self.entries if _letters(entry) == _letters(canonical)]
        if len(alike) == 1:
            return alike[0]
        near = difflib.get_close_matches(canonical, self.entries, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(self.entries)}"
        raise UsageError(f"unknown {self.kind} '{name}'; {hint}")

    def get(self, name: str) -> T:
        """The entry called ``name``, imported now if it was not before.

        Raises:
            UsageError: the name is unknown, or the entry cannot be imported or is not of the right type.
        """
        canonical = self.resolve(name)
        if canonical not in self._loaded:
            self._loaded[canonical] = self._load(self.entries[canonical])
        return self._loaded[canonical]

    def _load(self, entry: Entry) -> T:
        module_name, _, attribute = entry.target.partition(":")
        try:
            value = getattr(importlib.import_module(module_name), attribute)
        except Exception as error:
            if entry.file is not None:
                raise  # a built-in that does not import is a fault of ours: show it whole
            raise UsageError(
                f"the {self.kind} '{entry.name}' of {entry.source} ({entry.target}) cannot be imported: "
                f"{type(error).__name__}: {error}; mend or uninstall {entry.source}"
            ) from error
        base_module, _, base_name = self._base.partition(":")
        base = getattr(importlib.import_module(base_module), base_name)
        if not (isinstance(value, type) and issubclass(value, base) if self._classes else isinstance(value, base)):
            raise UsageError(
                f"the {self.kind} '{entry.name}' of {entry.source} ({entry.target}) is no "
                f"{'subclass' if self._classes else 'instance'} of {base_name}; see CONTRIBUTING.md"
            )
        return cast(T, value)

    def _built_ins(self) -> list[Entry]:
        spec = importlib.util.find_spec(self._package)
        locations = spec.submodule_search_locations if spec else None
        assert locations is not None  # a package of ours
        entries = []
        for location in locations:
            for path in sorted(Path(location).iterdir()):
                file = path / "__init__.py" if path.is_dir() else path
                stem = path.stem
                if file.suffix != ".py" or not file.is_file() or stem.startswith("_") or stem in self._exclude:
                    continue
                target = f"{self._package}.{stem}:{self._attribute}"
                entries.append(Entry(self._spell(stem.replace("_", "-")), target, "hifbench", file))
        return entries

    def _plug_ins(self) -> list[Entry]:
        return [
            Entry(self._spell(point.name), point.value, point.dist.name if point.dist else "unknown", None)
            for point in entry_points(group=self.group)
        ]


def _letters(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def lazily(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """A package's ``__getattr__`` that imports public names, and torch with them, when they are asked for.

    Args:
        package: full name of the package.
        homes: public name -> module of the package that defines it.
    """

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f".{homes[name]}", package), name)

    return get
