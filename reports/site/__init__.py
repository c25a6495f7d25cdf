"""A report as one folder of static pages, which opens from disk and from any web server."""

from __future__ import annotations

from .content import Content, of
from .write import Written, write

__all__ = ["Content", "Written", "of", "write"]
