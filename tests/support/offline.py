"""No network: whoever asks for a host or a connection fails, and is found out even if it goes on regardless."""

from __future__ import annotations

import socket
from typing import Any

import pytest


def cut_off(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Forbid connections from now on; what was tried nevertheless is in the list."""
    tried: list[str] = []

    def refuse(*arguments: Any, **_: Any) -> Any:
        tried.append(repr(arguments))
        raise OSError("no network in this test")

    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    return tried
