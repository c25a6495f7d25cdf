"""What a plan expects of a run that measures efficiency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..experiment import MethodChoice
from .rows import convention
from .size import Size
from .workload import Request


@dataclass(frozen=True)
class Planned:
    """The profile of one method, one part of the results.

    Attributes:
        request: what to measure.
        fingerprint: hash of all that determines the values, the machine among it.
        part: path of the part's file below the run directory, with forward slashes.
    """

    request: Request
    fingerprint: str
    part: str

    @property
    def key(self) -> tuple[str, str]:
        """Row and convention: there is one profile of them in a plan."""
        return self.request.method.row, convention(self.request)

    def as_json(self) -> dict[str, Any]:
        """The profile for ``plan.json``."""
        request = self.request
        return {
            "method": request.method.row,
            "convention": convention(request),
            "fingerprint": self.fingerprint,
            "part": self.part,
            "size": str(request.size),
            "device": request.device,
            "threads": list(request.threads),
            "method_choice": request.method.model_dump(),
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Planned:
        """The profile that :meth:`as_json` wrote."""
        choice = MethodChoice(**content["method_choice"])
        request = Request(choice, Size.parse(content["size"]), content["device"], tuple(content["threads"]))
        return cls(request, content["fingerprint"], content["part"])
