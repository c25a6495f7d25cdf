"""An object that does something when it is unpickled."""

from __future__ import annotations

import os
from pathlib import Path


class Hostile:
    """Makes a folder when it is unpickled.

    Args:
        witness: the folder.
    """

    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.witness),)
