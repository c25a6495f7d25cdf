"""What a surface looks like in visible light and how warm it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .noise import Floats, Ints

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Surface:
    """One material with one paint.

    Attributes:
        colour: share of red, green and blue light that it scatters, linear.
        texture: name of its texture.
        texel: size of a texel in metres.
        contrast: how much of the colour the texture takes away or adds.
        day: degrees above the air after a sunny day.
        night: degrees above the air in a clear night.
        patchy: degrees of uneven warmth.
        mirror: degrees that its upward faces lose to the cold sky that they mirror.
        gloss: share of light that it mirrors.
        glow: light that it sends out itself.
        retro: how much better than a dull surface it sends head light back.
    """

    colour: Colour
    texture: str = "plaster"
    texel: float = 0.02
    contrast: float = 0.25
    day: float = 4.0
    night: float = 0.0
    patchy: float = 0.5
    mirror: float = 0.0
    gloss: float = 0.0
    glow: Colour = (0.0, 0.0, 0.0)
    retro: float = 1.0

    def painted(self, colour: Colour) -> Surface:
        """The same material in another colour."""
        return replace(self, colour=colour)

    def warmer(self, degrees: float) -> Surface:
        """The same surface, warmer by ``degrees`` by day and by night."""
        return replace(self, day=self.day + degrees, night=self.night + degrees)


ASPHALT = Surface((0.10, 0.10, 0.105), "asphalt", 0.02, 0.8, 8.5, 1.6, 1.0)
PATCH = Surface((0.055, 0.055, 0.06), "asphalt", 0.015, 0.7, 9.8, 1.9, 0.8)
CONCRETE = Surface((0.30, 0.29, 0.27), "asphalt", 0.02, 0.5, 6.5, 1.2, 0.8)
SLABS = Surface((0.24, 0.225, 0.21), "slabs", 0.02, 0.6, 7.0, 1.3, 0.8)
GRAVEL = Surface((0.25, 0.21, 0.16), "asphalt", 0.03, 0.9, 9.0, 0.5, 1.0)
GRASS = Surface((0.065, 0.115, 0.03), "grass", 0.025, 1.1, 2.5, -3.5, 1.4)
MEADOW = Surface((0.11, 0.14, 0.04), "grass", 0.05, 1.0, 3.0, -3.0, 1.6)
WHEAT = Surface((0.33, 0.25, 0.10), "furrows", 0.06, 0.8, 5.0, -3.0, 1.2)
EARTH = Surface((0.17, 0.11, 0.07), "furrows", 0.05, 0.9, 9.0, -1.0, 1.5)
FOREST_FLOOR = Surface((0.075, 0.065, 0.035), "leaves", 0.03, 1.0, 1.0, 0.0, 0.8)
LEAVES = Surface((0.055, 0.10, 0.028), "leaves", 0.02, 1.7, 1.0, 0.3, 1.2)
NEEDLES = Surface((0.025, 0.055, 0.022), "leaves", 0.012, 1.5, 0.8, 0.5, 0.6)
BARK = Surface((0.11, 0.085, 0.06), "bark", 0.01, 1.0, 2.0, 1.0, 0.6)
BRICK = Surface((0.27, 0.12, 0.08), "bricks", 0.012, 0.7, 6.0, 2.2, 0.5)
PLASTER = Surface((0.55, 0.50, 0.42), "plaster", 0.03, 0.35, 5.0, 1.8, 0.5)
TILES = Surface((0.24, 0.09, 0.055), "shingles", 0.025, 0.8, 11.0, -4.0, 0.6, mirror=2.0)
FLAT_ROOF = Surface((0.16, 0.16, 0.16), "asphalt", 0.03, 0.5, 13.0, -4.0, 0.6)
PANE = Surface((0.02, 0.025, 0.03), "smooth", 0.02, 0.3, 0.0, 0.5, 0.3, gloss=0.20)
WOOD = Surface((0.20, 0.13, 0.08), "bark", 0.01, 0.7, 5.0, 0.2, 0.4)
STEEL = Surface((0.23, 0.235, 0.24), "plaster", 0.01, 0.3, 2.0, -1.5, 0.3, mirror=1.0, gloss=0.05)
PAINT = Surface((0.3, 0.3, 0.3), "smooth", 0.02, 0.12, 5.0, -1.0, 0.35, mirror=4.0, gloss=0.12)
GLASS = Surface((0.018, 0.022, 0.024), "smooth", 0.02, 0.3, 2.0, -1.5, 0.3, mirror=2.0, gloss=0.13)
RUBBER = Surface((0.018, 0.018, 0.019), "plaster", 0.005, 0.5, 4.0, 0.5, 0.3)
PLASTIC = Surface((0.03, 0.03, 0.032), "plaster", 0.01, 0.3, 4.0, 0.0, 0.3)
PLATE = Surface((0.5, 0.5, 0.5), "plaster", 0.01, 0.08, 2.5, -1.2, 0.25, mirror=0.5, retro=3.0)
CLOTH = Surface((0.1, 0.1, 0.1), "cloth", 0.006, 0.7, 0.0, 0.0, 1.3)
SKIN = Surface((0.45, 0.28, 0.20), "plaster", 0.006, 0.2, 0.0, 0.0, 0.5)
HILL = Surface((0.09, 0.12, 0.09), "grass", 1.2, 0.5, 1.0, -0.5, 0.5)


class Palette:
    """The surfaces of one scene; a sample of the picture stores the number of its surface."""

    def __init__(self) -> None:
        self._surfaces: list[Surface] = []
        self._numbers: dict[Surface, int] = {}

    def number(self, surface: Surface) -> int:
        """Number of a surface, which is added when it is new."""
        if surface not in self._numbers:
            self._numbers[surface] = len(self._surfaces)
            self._surfaces.append(surface)
        return self._numbers[surface]

    @property
    def surfaces(self) -> list[Surface]:
        """All surfaces by number."""
        return self._surfaces

    def column(self, name: str, index: Ints, channel: int | None = None) -> Floats:
        """One property of the surface of each sample.

        Args:
            name: attribute of :class:`Surface`.
            index: surface numbers.
            channel: which of the attribute's three values; None for an attribute that is one number.
        """
        values = [getattr(surface, name) for surface in self._surfaces]
        table = np.array(values if channel is None else [value[channel] for value in values], np.float32)
        out: Floats = table[index]
        return out
