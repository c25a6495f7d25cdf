"""Width and height of the pair that is measured with."""

from __future__ import annotations

import re
from typing import NamedTuple, Self

from ...errors import UsageError


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """The size that ``WIDTHxHEIGHT`` names.

        Raises:
            UsageError: it names none.
        """
        match = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", text.strip().lower(), re.ASCII)
        if not match:
            raise UsageError(f"'{text}' is no size; write width x height in pixels, such as 256x256 or 640x480")
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"
