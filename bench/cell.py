"""The unit of work: a chunk of pairs of one data set, under one degradation, for one method."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from .experiment import DatasetChoice, MethodChoice


@dataclass(frozen=True)
class Condition:
    """A degradation at one severity.

    Attributes:
        degradation: its name; ``none`` for clean images.
        severity: 0 for clean images.
        seed: of the experiment; each pair draws its own from it.
    """

    degradation: str
    severity: float
    seed: int


@dataclass(frozen=True)
class Cell:
    """One expected part of the results.

    Attributes:
        dataset: data set with its split spelt out.
        condition: how the visible images are degraded.
        method: what fuses.
        pairs: ids of the pairs, in order.
        fingerprint: hash of everything that determines the values.
        part: path of the part's file below the run directory, with forward slashes.
    """

    dataset: DatasetChoice
    condition: Condition
    method: MethodChoice
    pairs: tuple[str, ...]
    fingerprint: str
    part: str

    @property
    def group(self) -> tuple[str, str, str, float, int, str]:
        """What one row of a table is a mean over: every cell of a group belongs to one plan."""
        return (
            self.dataset.name,
            str(self.dataset.split),
            self.condition.degradation,
            self.condition.severity,
            self.condition.seed,
            self.method.row,
        )

    @property
    def columns(self) -> dict[str, Any]:
        """Values of the result columns that are the same in all rows of the cell."""
        return {
            "dataset": self.dataset.name,
            "split": self.dataset.split,
            "method": self.method.row,
            **asdict(self.condition),
        }

    def as_json(self) -> dict[str, Any]:
        """The cell for ``plan.json``."""
        return {
            **self.columns,
            "pairs": list(self.pairs),
            "fingerprint": self.fingerprint,
            "part": self.part,
            "dataset_options": self.dataset.options,
            "method_choice": self.method.model_dump(),
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Cell:
        """The cell that :meth:`as_json` wrote."""
        return cls(
            DatasetChoice(name=content["dataset"], split=content["split"], options=content["dataset_options"]),
            Condition(content["degradation"], content["severity"], content["seed"]),
            MethodChoice(**content["method_choice"]),
            tuple(content["pairs"]),
            content["fingerprint"],
            content["part"],
        )
