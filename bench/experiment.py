"""Experiments: what to run, as a validated TOML file."""

from __future__ import annotations

import difflib
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ..datasets import DATASETS
from ..datasets.degradations import DEGRADATIONS
from ..detection.detectors._lookup import DEFAULT
from ..errors import UsageError
from ..methods import METHODS
from ..methods._training.recipe import Schedule
from ..methods._weights import is_shipped
from ..metrics import METRICS, PAPER_EIGHT
from .efficiency.size import Size
from .origins.naming import is_callable, resolve
from .retraining_recipe import Retraining
from .validation import first_fault

Option = str | int | float | bool

COPY_CHECK = ("CC@infrared", "CC@visible")
"""Correlations with the two sources: reports show the smaller, which is low where a method returns the other source."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DatasetChoice(_Strict):
    """One data set of an experiment."""

    name: Annotated[str, AfterValidator(DATASETS.resolve)] = Field(description="data set, see 'hifbench list datasets'")
    label: str = Field(default="", description="its name in the results; the data set's name when left out")
    split: str | None = Field(default=None, description="split; the data set's default when left out")
    options: dict[str, str] = Field(default={}, description="what only this data set takes")

    @property
    def shown(self) -> str:
        """Name of the data set in the results."""
        return self.label or self.name


class MethodChoice(_Strict):
    """One row of the tables: a method with its options."""

    name: str = Field(description="method, see 'hifbench list methods'; or module:callable; any name with 'command'")
    label: str = Field(default="", description="name of the row; the method's name when left out")
    weights: str = Field(default="default", description="weights file or folder; 'own' for those that hifbench trained")
    options: dict[str, Option] = Field(default={}, description="what only this method takes")
    command: str = Field(
        default="", description="program that fuses, with {ir}, {vis} and {out} for its files; no shell is used"
    )
    timeout: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, description="seconds that 'command' has for a pair; 600 if left out"
    )
    version: str = Field(
        default="", description="of a command or module:callable; changed when what hifbench cannot see of it changes"
    )
    train: dict[str, Option | list[Option]] | None = Field(
        default=None,
        description="settings of the method's recipe, to train its weights in the run; not trained if left out",
    )

    @property
    def row(self) -> str:
        """Name of the method's row in the results."""
        return self.label or self.name

    @model_validator(mode="before")
    @classmethod
    def _resolve_name(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("name"), str) and not value.get("command"):
            return {**value, "name": resolve(value["name"])}
        return value

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        row = f"row '{self.row}'"
        if self.command and (self.options or self.weights != "default" or self.train is not None):
            raise UsageError(f"{row} is a command, which takes no 'options', 'weights' or 'train'; write them into it")
        if self.command and self.name in METHODS.entries:
            raise UsageError(f"{row} is a command and bears the name of a method of hifbench; give it another 'name'")
        if self.timeout is not None and not self.command:
            raise UsageError(f"{row}: 'timeout' is for a command; leave it out")
        if self.version and not self.command and not is_callable(self.name):
            raise UsageError(f"{row}: 'version' is for a command or module:callable; leave it out")
        return self

    @model_validator(mode="after")
    def _one_source_of_weights(self) -> Self:
        if self.train is not None and self.weights != "default":
            raise UsageError(f"row '{self.row}' has both 'weights' and 'train'; leave one of them out")
        return self


class DegradationChoice(_Strict):
    """One degradation of the visible images, at every severity named."""

    name: Annotated[str, AfterValidator(DEGRADATIONS.resolve)] = Field(
        description="degradation, see 'hifbench list degradations'"
    )
    severities: list[Annotated[float, Field(ge=0, allow_inf_nan=False)]] = Field(
        min_length=1, description="severities, 0 is the clean image"
    )


class Experiment(_Strict):
    """What to run: data sets x degradations x severities x methods, scored by metrics or by a detector."""

    title: str = Field(description="heading of the tables")
    datasets: list[DatasetChoice] = Field(min_length=1, description="data sets")
    methods: list[MethodChoice] | Literal["ready"] = Field(
        description="methods; 'ready' for every built-in one that runs as installed, the slow ones left out"
    )
    degradations: list[DegradationChoice] = Field(default=[], description="degradations beside the clean images")
    tasks: list[Literal["fusion", "detection", "efficiency"]] = Field(
        default=["fusion"],
        min_length=1,
        description="what is judged: the fused pictures by metrics, or by a detector; what the methods cost",
    )
    size: Annotated[str, AfterValidator(lambda text: str(Size.parse(text)))] = Field(
        default="256x256", description="of the pair that efficiency is measured with, width x height"
    )
    metrics: list[str] = Field(default=[*PAPER_EIGHT, *COPY_CHECK], min_length=1, description="metrics")
    conventions: list[str] = Field(default=["default"], min_length=1, description="conventions of every metric")
    protocol: Literal["frozen", "retrained"] = Field(
        default="frozen",
        description="of detection: one detector for all methods, or one for each method, trained on its pictures of "
        "the train split",
    )
    detector: str = Field(
        default=DEFAULT, description="file of the frozen detector; the default one when left out, see the README"
    )
    retraining: Retraining = Field(default=Retraining(), description="how the detectors of 'retrained' are trained")
    seed: int = Field(default=0, ge=0, description="seed of the degradations")
    depth: str = Field(
        default="",
        description="folder of depth maps for haze and rain, DATASET/PAIR.png in it, 16 bit, metres times 256; a data "
        "set's own depth goes first, and without either it is guessed",
    )
    chunk: int = Field(default=32, ge=1, le=32, description="pairs in a unit of work")
    schedule: Schedule | Literal["auto"] = Field(
        default="auto", description="of the rows with 'train'; auto is full on a GPU and short on a CPU"
    )
    seeds: int | None = Field(
        default=None, ge=1, le=100, description="weights of each row with 'train'; 3, or 1 under smoke, when left out"
    )

    @field_validator("methods", mode="before")
    @classmethod
    def _names_to_choices(cls, value: Any) -> Any:
        if isinstance(value, list):
            return [{"name": item} if isinstance(item, str) else item for item in value]
        return value

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        """Nothing is named twice: it would be computed twice, and counted twice."""
        rows = [] if self.methods == "ready" else [choice.row for choice in self.methods]
        conditions = [(choice.name, severity) for choice in self.degradations for severity in choice.severities]
        for what, names, mend in (
            ("method", rows, "give one of the two another 'label'"),
            ("data set", [(choice.shown, choice.split) for choice in self.datasets], "give one another 'label'"),
            ("degradation with its severity", conditions, "name it once"),
            ("metric", [name.upper() for name in self.metrics], "name it once"),
            ("convention", self.conventions, "name it once"),
            ("task", self.tasks, "name it once"),
        ):
            for name, count in Counter(names).items():
                if count > 1:
                    shown = name if isinstance(name, str) else " ".join(str(part) for part in name if part is not None)
                    raise UsageError(f"{what} '{shown}' is named twice; {mend}")
        for metric in self.metrics:
            METRICS.resolve(metric.partition("@")[0])
        if set(self.tasks) == {"efficiency"}:
            raise UsageError("'tasks' is efficiency alone; add another, or measure it with 'hifbench profile'")
        return self

    def chosen_methods(self) -> list[MethodChoice]:
        """The methods in order, with ``ready`` spelt out: the two sources first, then by name.

        Where objects are looked for, the two sources alone always run beside.
        """
        named = [MethodChoice(name=name) for name in ready_methods()] if self.methods == "ready" else self.methods
        there = {choice.name for choice in named}
        sources = SOURCES if "detection" in self.tasks else ()
        return [*(MethodChoice(name=name) for name in sources if name not in there), *named]


SOURCES = ("visible", "infrared")
"""Methods that show one of the two images as it is."""


def ready_methods() -> list[str]:
    """Built-in methods that run as installed, the slow ones left out: the two sources first, then by name."""
    built_in = [name for name, entry in METHODS.entries.items() if entry.source == "hifbench"]
    cards = {name: METHODS.get(name).card for name in built_in}
    ready = [
        name
        for name, card in cards.items()
        if not card.slow and not card.needs_results and (not card.needs_weights or is_shipped(card))
    ]
    sources = [name for name in SOURCES if name in ready]
    return sources + [name for name in ready if name not in sources]


TABLES: dict[str, type[BaseModel]] = {
    "datasets": DatasetChoice,
    "methods": MethodChoice,
    "degradations": DegradationChoice,
    "retraining": Retraining,
}
"""Keys of an experiment whose values are tables of their own."""


def built_in_names() -> list[str]:
    """Names of the experiments that ship with hifbench."""
    folder = files("hifbench.bench") / "experiments"
    return sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml"))


def load(name: str) -> tuple[str, Experiment]:
    """An experiment by its built-in name or by the path of a TOML file.

    Returns:
        Its name and its validated content.

    Raises:
        UsageError: no such experiment, or a fault in the file; the message names file, key and allowed values.
    """
    if name in built_in_names():
        source = files("hifbench.bench") / "experiments" / f"{name}.toml"
        return name, parse(source.read_text(encoding="utf-8"), f"experiment '{name}'")
    path = Path(name)
    if path.suffix == ".toml" or path.is_file():
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"experiment file {path} cannot be read ({error}); check the path") from error
        return path.stem, parse(text, str(path))
    near = difflib.get_close_matches(name, built_in_names(), n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(built_in_names())}, or your own .toml file"
    raise UsageError(f"unknown experiment '{name}'; {hint}")


def parse(text: str, where: str) -> Experiment:
    """Validate the text of an experiment file; ``where`` is named in errors."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{where} is no valid TOML: {error}") from error
    return validate(content, where)


def validate(content: Mapping[str, Any], where: str) -> Experiment:
    """Validate the content of an experiment.

    Args:
        content: as TOML reads it.
        where: it is from, for errors.

    Raises:
        UsageError: a fault in it; the message names the key and the allowed values.
    """
    try:
        return Experiment.model_validate(content)
    except ValidationError as error:
        raise UsageError(f"{where}: {first_fault(error, _keys)}") from error
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from error


def _keys(path: Sequence[int | str]) -> list[str]:
    """Keys that may stand where ``path`` ends."""
    table = TABLES.get(str(path[0])) if len(path) > 1 else None
    return list(table.model_fields if table else Experiment.model_fields)
