"""The light of a scene: sun, sky, and everything that shines; and the sky's warmth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .camera import Vector, unit_vector
from .noise import Draw, Floats
from .surface import Colour
from .textures import sample

LIGHTS = ("sunny", "lit night", "overcast", "dark night", "dusk")


@dataclass(frozen=True)
class _Dim:
    """A kind of light without sun; see :class:`Light` for the attributes; pairs are from, to."""

    ambient: Colour
    zenith: Colour
    horizon: Colour
    clouds: tuple[float, float]
    exposure: float
    grain: float
    warmth: tuple[float, float]
    air: tuple[float, float]


_DIM = {
    "overcast": _Dim(
        (0.62, 0.65, 0.69),
        (0.60, 0.64, 0.69),
        (0.80, 0.82, 0.84),
        (0.75, 0.95),
        1.5,
        1.2,
        (0.2, 0.35),
        (0.0, 18.0),
    ),
    "dusk": _Dim(
        (0.060, 0.062, 0.085),
        (0.035, 0.06, 0.16),
        (0.32, 0.20, 0.16),
        (0.3, 0.7),
        3.6,
        2.0,
        (0.15, 0.35),
        (2.0, 20.0),
    ),
    "lit night": _Dim(
        (0.013, 0.0125, 0.014),
        (0.0012, 0.0018, 0.0045),
        (0.013, 0.009, 0.0065),
        (0.2, 0.8),
        6.5,
        2.6,
        (0.0, 0.15),
        (-4.0, 17.0),
    ),
    "dark night": _Dim(
        (0.0036, 0.0040, 0.0052),
        (0.0010, 0.0014, 0.0030),
        (0.0035, 0.0036, 0.0046),
        (0.0, 0.5),
        7.5,
        3.2,
        (0.0, 0.1),
        (-6.0, 15.0),
    ),
}


@dataclass(frozen=True)
class Light:
    """Light and weather-free air of a scene.

    Attributes:
        name: one of :data:`LIGHTS`.
        sun: unit vector towards the sun; None when it does not shine.
        sun_colour: its light on a surface that faces it.
        ambient: light from all of the sky.
        zenith: the sky's colour overhead.
        horizon: the sky's colour at the horizon.
        clouds: share of the sky that is covered.
        exposure: what the visible camera multiplies light with.
        grain: its noise; rises when there is little light.
        warmth: 1 after a sunny day, 0 in the night; where between the two temperatures of a surface it is.
        air: degrees Celsius.
        shift: tells one sky from another.
    """

    name: str
    sun: Vector | None
    sun_colour: Colour
    ambient: Colour
    zenith: Colour
    horizon: Colour
    clouds: float
    exposure: float
    grain: float
    warmth: float
    air: float
    shift: float

    @property
    def dark(self) -> bool:
        """Whether lamps and head lights are on."""
        return self.name in ("lit night", "dark night", "dusk")


def random_light(draw: Draw, name: str) -> Light:
    """A light of one kind."""
    bright, shift = draw.between(0.85, 1.2), draw.between(0.0, 200.0)
    if name == "sunny":
        sun = unit_vector(draw.between(-1.0, 1.0), draw.between(0.35, 1.0), draw.between(-0.9, 0.5))
        low = 1.0 - sun[1]
        return Light(
            name=name,
            sun=sun,
            sun_colour=(1.25, 1.2 - 0.12 * low, 1.1 - 0.35 * low),
            ambient=(0.30, 0.36, 0.46),
            zenith=(0.16, 0.33, 0.72),
            horizon=(0.62, 0.74, 0.88),
            clouds=draw.between(0.1, 0.55),
            exposure=1.55 * bright,
            grain=1.0,
            warmth=draw.between(0.8, 1.0),
            air=draw.between(8.0, 29.0),
            shift=shift,
        )
    dim = _DIM[name]
    red = draw.between(0.4, 1.0) if name == "dusk" else 0.0
    return Light(
        name=name,
        sun=None,
        sun_colour=(0.0, 0.0, 0.0),
        ambient=dim.ambient,
        zenith=dim.zenith,
        horizon=(dim.horizon[0], dim.horizon[1] - 0.06 * red, dim.horizon[2] - 0.08 * red),
        clouds=draw.between(*dim.clouds),
        exposure=dim.exposure * bright,
        grain=dim.grain,
        warmth=draw.between(*dim.warmth),
        air=draw.between(*dim.air),
        shift=shift,
    )


def cloud_share(light: Light, x: Floats, y: Floats, z: Floats) -> Floats:
    """How much a cloud covers the sky in the directions x, y, z with y > 0 (of any length); 0 to 1."""
    scale = 1.0 / (y + 0.06 * np.sqrt(x * x + z * z))
    u, v = x * scale, z * scale
    size = 0.004 * scale
    cloud = 0.7 * sample("plaster", u + light.shift, v, size, 0.02) + 0.3 * sample(
        "smooth", u, v + light.shift, size, 0.12
    )
    return np.clip((cloud - 0.80 + 0.62 * light.clouds) * 4.0, 0.0, 1.0)


def sky_colour(light: Light, rise: Floats, channel: int) -> Floats:
    """One channel of the cloudless sky at ``rise``, the sine of the height above the horizon."""
    up = np.maximum(rise, 0.0)
    share = up / (up + 0.22)
    return light.horizon[channel] + share * (light.zenith[channel] * 1.2 - light.horizon[channel])


def sky_warmth(light: Light, rise: Floats, cloud: Floats | float) -> Floats:
    """Apparent temperature of the sky in degrees above the air (negative): cold overhead, clouds and haze warmer."""
    up = np.maximum(rise, 0.0)
    clear = -5.0 - 24.0 * up / (up + 0.25)
    covered = -3.0 - 5.0 * up / (up + 0.4)
    return clear + (covered - clear) * (0.75 * cloud + 0.3 * light.clouds * light.clouds)
