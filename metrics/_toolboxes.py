"""What toolboxes make of colour: the one table that conventions named after them take it from."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from ..color import GreyRule

ChannelRule = Literal["luma", "per-channel", "side-by-side"]


class Toolbox(NamedTuple):
    """A toolbox's way with colour.

    Attributes:
        channels: what becomes of colour, see :class:`~hifbench.metrics._metric.Convention`.
        grey: rule by which colour becomes luminance. Where each channel is scored it counts for sources in colour
            beside a grey fused picture.
    """

    channels: ChannelRule = "luma"
    grey: GreyRule = "bt601"


TOOLBOXES: Mapping[str, Toolbox] = MappingProxyType(
    {
        "tang": Toolbox(grey="matlab"),
        "vifb": Toolbox("per-channel", "matlab"),
        "mefb": Toolbox("per-channel", "matlab"),
        "cddfuse": Toolbox(grey="opencv-float"),
        "ivif-zoo": Toolbox(grey="pillow"),
        "zliu": Toolbox(grey="matlab"),
    }
)
"""Name of a convention -> toolbox; a convention of another name takes hifbench's luminance."""
