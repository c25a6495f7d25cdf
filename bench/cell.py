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
        seed: of the experiment; each pair draws its own from it. 0 for clean images, which draw nothing.
    """

    degradation: str
    severity: float
    seed: int


CLEAN = Condition("none", 0.0, 0)


@dataclass(frozen=True)
class Cell:
    """One expected part of the results.

    Attributes:
        dataset: data set with its split spelt out.
        condition: how the visible images are degraded.
        method: what fuses.
        chunk: number of the cell's chunk in its data set: cells of one chunk share their sources.
        pairs: ids of the pairs, in order.
        fingerprint: hash of everything that determines the values.
        part: path of the part's file below the run directory, with forward slashes.
        fault: why there is no such method, which is then the error of each pair; empty where there is one.
        detector: file of what looks for objects on the fused pictures, whose boxes are then the part's content; empty
            for a cell that scores the pictures themselves.
        detector_sha256: of that file, when the run was planned; a worker refuses another one.
        convention: of the average precision of those boxes: protocol and detector, such as ``frozen-yolox_nano``.
        made_from: hash of what determined the fused pictures beside their sources when the run was planned: code,
            weights, imported pictures; a worker that finds others refuses them.
    """

    dataset: DatasetChoice
    condition: Condition
    method: MethodChoice
    chunk: int
    pairs: tuple[str, ...]
    fingerprint: str
    part: str
    fault: str = ""
    detector: str = ""
    convention: str = ""
    detector_sha256: str = ""
    made_from: str = ""

    @property
    def group(self) -> tuple[str, str, str, float, int, str, str]:
        """What one row of a table is a mean over: every cell of a group belongs to one plan."""
        return (
            self.dataset.shown,
            str(self.dataset.split),
            self.condition.degradation,
            self.condition.severity,
            self.condition.seed,
            self.method.row,
            self.convention,
        )

    @property
    def source_chunk(self) -> tuple[str, str, int]:
        """What the cells that read the same pairs have in common."""
        return (self.dataset.shown, str(self.dataset.split), self.chunk)

    @property
    def columns(self) -> dict[str, Any]:
        """Values of the result columns that are the same in all rows of the cell."""
        return {
            "dataset": self.dataset.shown,
            "split": self.dataset.split,
            "method": self.method.row,
            **asdict(self.condition),
        }

    def as_json(self) -> dict[str, Any]:
        """The cell for ``plan.json``."""
        return {
            **self.columns,
            "chunk": self.chunk,
            "pairs": list(self.pairs),
            "fingerprint": self.fingerprint,
            "part": self.part,
            "fault": self.fault,
            "detector": self.detector,
            "detector_sha256": self.detector_sha256,
            "convention": self.convention,
            "made_from": self.made_from,
            "dataset_choice": self.dataset.model_dump(),
            "method_choice": self.method.model_dump(),
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Cell:
        """The cell that :meth:`as_json` wrote."""
        return cls(
            DatasetChoice(**content["dataset_choice"]),
            Condition(content["degradation"], content["severity"], content["seed"]),
            MethodChoice(**content["method_choice"]),
            content["chunk"],
            tuple(content["pairs"]),
            content["fingerprint"],
            content["part"],
            content.get("fault", ""),
            content.get("detector", ""),
            content.get("convention", ""),
            content.get("detector_sha256", ""),
            content.get("made_from", ""),
        )
