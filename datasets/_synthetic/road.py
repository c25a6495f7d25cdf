"""The ground: the course of the road, what lies beside it, and the paint and warmth on it."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from .camera import Turn
from .frame import Frame
from .noise import Floats
from .surface import PATCH, STEEL, Surface
from .textures import sample

MAX_DEPTH = 950.0  # metres; beyond, the ground is lost below the horizon


@dataclass(frozen=True)
class Road:
    """Course and cross-section of a road; all lengths in metres.

    Attributes:
        bend: how fast it turns to the right; 0 for straight.
        half: half its width.
        pavement: width of the pavement on each side; 0 for none.
        top: its surface.
        beside: surface of the pavement.
        verge: surface of the land next to it.
        field: surface of the land from ``verge_width`` on.
        verge_width: how far the verge reaches.
        edge_lines: solid lines along both edges.
        middle: line in the middle: "dashed", "solid" or "none".
        crossing: distance of a side road's middle; None for none.
        crossing_half: half the width of the side road.
        zebras: distances of zebra crossings.
        bays: length of the parking bays painted along both edges; 0 for none.
        patches: repaired places, as s from, s to, z from, z to.
        covers: manhole covers, as s, z.
        ghosts: places warmed by a car that has left, as s, z.
        driven: degrees that wheels leave on their tracks.
        seed: tells one road's wear from another's.
    """

    bend: float
    half: float
    pavement: float
    top: Surface
    beside: Surface
    verge: Surface
    field: Surface
    verge_width: float
    edge_lines: bool
    middle: str
    crossing: float | None
    crossing_half: float
    zebras: tuple[float, ...]
    bays: float
    patches: tuple[tuple[float, float, float, float], ...]
    covers: tuple[tuple[float, float], ...]
    ghosts: tuple[tuple[float, float], ...]
    driven: float
    seed: int

    def place(self, s: float, z: float) -> tuple[float, float, Turn]:
        """World x and z of the place ``s`` metres right of the road's middle, and the road's direction there."""
        shift, slope = self.bend * z * z / (1.0 + abs(z) / 60.0), self._slope(z)
        length = sqrt(1.0 + slope * slope)
        return shift + s / length, z - s * slope / length, (1.0 / length, slope / length)

    def _slope(self, z: float) -> float:
        q = 1.0 + abs(z) / 60.0
        return self.bend * z * (2.0 + abs(z) / 60.0) / (q * q)

    def across(self, x: Floats, z: Floats) -> Floats:
        """Distance to the right of the road's middle, metres."""
        q = 1.0 / (1.0 + np.abs(z) * (1.0 / 60.0))
        slope = self.bend * z * (1.0 + q) * q
        out: Floats = (x - self.bend * z * z * q) / np.sqrt(1.0 + slope * slope)
        return out


def draw_ground(frame: Frame, road: Road) -> None:
    """Draw the ground with the road on it, up to the horizon."""
    camera = frame.camera
    rx, ry, rz = camera.rays
    with np.errstate(divide="ignore"):
        depth = np.where(ry < 0.0, camera.height / -ry, np.float32(1e6))
    hit = (depth > 0.0) & (depth < MAX_DEPTH)
    window = (slice(0, depth.shape[0]), slice(0, depth.shape[1]))
    taken = frame.claim(window, hit, depth, 0)
    t = depth.ravel()[taken]
    x, z = camera.x + t * rx.ravel()[taken], t * rz.ravel()[taken]
    wide = t * (0.5 / camera.focal)
    long = wide * t * (1.0 / camera.height)
    size = np.sqrt(wide * long)
    s = road.across(x, z)

    number = frame.palette.number
    rough = sample("plaster", x, z, size, 0.05) - 0.5
    off = np.abs(s)
    side = np.full(off.shape, 1e6, np.float32) if road.crossing is None else np.abs(z - road.crossing)
    frayed = 0.0 if road.pavement else 0.5 * rough
    on_road = np.minimum(off - road.half, side - road.crossing_half) < frayed
    on_pavement = ~on_road & (np.minimum(off - road.half, side - road.crossing_half) < road.pavement)
    surface = np.where(off < road.verge_width + 3.0 * rough, number(road.verge), number(road.field))
    surface = np.where(on_pavement, number(road.beside), surface)
    surface = np.where(on_road, number(road.top), surface)
    for s0, s1, z0, z1 in road.patches:
        torn = 0.15 * rough
        inside = (s + torn > s0) & (s + torn < s1) & (z + torn > z0) & (z + torn < z1)
        surface = np.where(inside & on_road, number(PATCH), surface)
    paint = _paint(road, s, z, wide, long) * on_road
    paint *= np.clip(0.35 + 1.4 * sample("asphalt", x + road.seed, z, size, 0.03), 0.0, 0.95)
    heat = _tracks(road, s) * on_road
    if road.pavement:
        kerb = _band(np.abs(np.minimum(off - road.half, side - road.crossing_half) - 0.08), 0.09, wide)
        paint = np.maximum(paint, 0.3 * kerb)
        heat -= 1.5 * kerb
    for s0, z0 in road.covers:
        apart = (s - s0) * (s - s0) + (z - z0) * (z - z0)
        surface = np.where(apart < 0.12, number(STEEL), surface)
        heat += 5.0 * np.clip(1.0 - apart * (1.0 / 0.16), 0.0, 1.0)
        paint = np.where(apart < 0.12, 0.0, paint)
    for s0, z0 in road.ghosts:
        reach = np.maximum(np.abs(s - s0) * (1.0 / 1.1), np.abs(z - z0) * (1.0 / 2.4))
        heat += 2.8 * np.clip(2.4 - 2.0 * reach, 0.0, 1.0)
    frame.write(window, taken, t, surface.astype(np.int32), 0, (0.0, 1.0, 0.0), x, z, heat)
    frame.paint.ravel()[taken] = paint


def _band(apart: Floats, half: float, size: Floats) -> Floats:
    """Share of a pixel of this size, ``apart`` from the middle of a band, that the band covers."""
    low = np.maximum(apart - 0.5 * size, -half)
    high = np.minimum(apart + 0.5 * size, half)
    out: Floats = np.maximum(high - low, 0.0) / np.maximum(size, 1e-4)
    return out


def _dashes(z: Floats, period: float, share: float, size: Floats) -> Floats:
    place = z - np.floor(z * (1.0 / period)) * period
    fine: Floats = _band(np.abs(place - 0.5 * period), 0.5 * share * period, size)
    return np.where(size < period, fine, np.float32(share))


def _paint(road: Road, s: Floats, z: Floats, wide: Floats, long: Floats) -> Floats:
    paint = np.zeros_like(s)
    if road.middle == "dashed":
        paint = _band(np.abs(s), 0.07, wide) * _dashes(z, 9.0, 0.4, long)
    elif road.middle == "solid":
        paint = _band(np.abs(np.abs(s) - 0.13), 0.06, wide)
    if road.edge_lines:
        paint = np.maximum(paint, _band(np.abs(np.abs(s) - (road.half - 0.3)), 0.07, wide))
    if road.bays:
        line = _band(np.abs(np.abs(s) - (road.half - road.bays)), 0.05, wide)
        bars = _dashes(z, 2.6, 0.045, long) * (np.abs(s) > road.half - road.bays)
        paint = np.maximum(paint, np.maximum(line * (road.bays < 3.0), bars))
    if road.crossing is not None:
        apart = np.abs(z - road.crossing)
        clear = apart > road.crossing_half + 1.0
        paint = paint * clear
        stop = _band(np.abs(road.crossing - z - road.crossing_half - 1.4), 0.25, long) * (s > 0.0)
        dashes = _band(apart, 0.07, long) * _dashes(s, 6.0, 0.5, wide)
        outside = np.abs(s) > road.half + 1.0
        paint = np.maximum(paint, np.maximum(stop * (s < road.half - 0.3), dashes * outside))
    for distance in road.zebras:
        within = np.abs(z - distance)
        stripes = _dashes(s, 1.0, 0.5, wide) * _band(within, 1.6, long)
        paint = np.where(within < 2.6, stripes * (np.abs(s) < road.half - 0.2), paint)
    return paint


def _tracks(road: Road, s: Floats) -> Floats:
    """Degrees that passing wheels have left: four tracks on two lanes."""
    lane = np.abs(np.abs(s) - 0.5 * road.half)
    out: Floats = road.driven * np.clip(1.3 - 2.2 * np.abs(lane - 0.75), 0.0, 1.0)
    return out
