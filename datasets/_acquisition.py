"""How a data set is got: archives that anyone may download, or steps that only its user can take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Archive:
    """One zip or tar file with a public direct address.

    Attributes:
        url: the address; ``https``.
        md5: of the file, in hexadecimal, as published; "" when it is not.
        sha256: likewise; both are compared when both are published.
        subfolder: only what is below this folder of the archive is kept, and loses these levels of its path; each
            level may be a pattern, such as ``*`` for the one folder that a host names after a commit. "" keeps all.
    """

    url: str
    md5: str = ""
    sha256: str = ""
    subfolder: str = ""

    @property
    def published(self) -> dict[str, str]:
        """The published checksums by their names."""
        return {name: value for name, value in (("md5", self.md5), ("sha256", self.sha256)) if value}


@dataclass(frozen=True)
class Download:
    """A data set that ``hifbench data get`` downloads.

    Attributes:
        archives: unpacked into one folder, the data set's own.
        stated_by: where the addresses and checksums were taken from.
        checked: day on which this project got the data set from there, as 2026-01-31; "" when it never has.
    """

    archives: tuple[Archive, ...]
    stated_by: str
    checked: str = ""

    @property
    def standing(self) -> str:
        """How far the addresses may be relied on, in words."""
        known = f"checked by us on {self.checked}" if self.checked else "address not checked by us"
        return f"as stated by {self.stated_by}; {known}"


@dataclass(frozen=True)
class Manual:
    """A data set behind a form, a drive or a web page: ``hifbench data get`` says what to do.

    Attributes:
        steps: what to do, in order, a sentence each.
        layout: paths below the data set's own folder that must then be there, with a word on each.
    """

    steps: tuple[str, ...]
    layout: tuple[str, ...]
