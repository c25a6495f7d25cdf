"""Small files of a run directory: JSON that is whole or absent, and folders that can be written to."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..storage import write_whole


def write_text(path: Path, text: str) -> None:
    """Write a file under a hidden name and rename it into place.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise UsageError(f"cannot write {path} ({error.strerror or error}); choose another place") from error


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write JSON, whole or not at all."""
    write_text(path, json.dumps(content, indent=1) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Content of a JSON file; empty when there is none.

    Raises:
        UsageError: the file is no JSON object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read ({error}); move it away or choose another run directory") from error
    if not isinstance(content, dict):
        raise UsageError(f"{path} holds no JSON object; move it away or choose another run directory")
    return content


def writable_folder(path: Path) -> Path:
    """The folder, made when it is not there.

    Raises:
        UsageError: it cannot be made or written to.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / f".{uuid.uuid4().hex}.tmp"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UsageError(f"cannot write to {path} ({error.strerror}); choose another folder with --out") from error
    return path
