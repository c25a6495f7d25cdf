"""GitHub Markdown of names and texts that are data."""

from __future__ import annotations


def escape(text: str) -> str:
    """Text for Markdown: names are data, and neither markup nor HTML; on one line."""
    flat = " ".join(text.split())
    for letter in "\\`*_[]|~#":
        flat = flat.replace(letter, f"\\{letter}")
    return flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
