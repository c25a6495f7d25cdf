"""What stands along a street: lamp posts, signs, bollards, and boards."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .camera import Vector, unit_vector
from .capsule import draw_capsule
from .frame import Frame
from .lettering import written
from .noise import Draw, Floats, Ints
from .polyhedron import BACK, Plane, Pose, Skin, draw_polyhedron, plane
from .surface import CONCRETE, PLASTIC, PLATE, STEEL, WOOD, Colour

SIGNS = ("limit", "warning", "guide", "stop", "board", "crossing")
_RED, _WHITE, _BLACK, _BLUE, _GREEN = (
    (0.45, 0.02, 0.02), (0.62, 0.62, 0.60), (0.02, 0.02, 0.02), (0.02, 0.08, 0.32), (0.02, 0.16, 0.08),
)  # fmt: skip


@dataclass(frozen=True)
class Lamp:
    """A lamp post.

    Attributes:
        x: metres right.
        z: metres forward.
        height: metres.
        arm: metres that the lamp hangs out along x; signed.
        colour: its light, 0 when it is off.
    """

    x: float
    z: float
    height: float
    arm: float
    colour: Colour

    @property
    def head(self) -> Vector:
        """World place of the lamp."""
        return self.x + self.arm, self.height - 0.12, self.z


@dataclass(frozen=True)
class Sign:
    """A sign on a post; its face looks against the local z axis.

    Attributes:
        pose: foot of the post.
        kind: one of :data:`SIGNS`.
        text: what is written on it.
    """

    pose: Pose
    kind: str
    text: str


def random_sign(draw: Draw, pose: Pose) -> Sign:
    """A sign with a text that fits it."""
    kind = draw.pick(SIGNS)
    texts = {
        "limit": ("30", "50", "70", "80", "20"),
        "guide": ("NORTH", "CENTER", "HARBOUR", "STATION"),
        "stop": ("STOP",),
        "board": ("SALE", "RACE", "FAIR", "CIRCUS"),
    }.get(kind, ("",))
    return Sign(pose, kind, draw.pick(texts))


def draw_lamp(frame: Frame, lamp: Lamp) -> None:
    """Draw a lamp post."""
    number = frame.palette.number
    steel = number(STEEL)
    on = lamp.colour[0] > 0.0
    glow = (lamp.colour[0] * 7.0, lamp.colour[1] * 7.0, lamp.colour[2] * 7.0)
    head = number(replace(STEEL.warmer(9.0 if on else 0.0), glow=glow, gloss=0.0))
    draw_capsule(frame, (lamp.x, 0.0, lamp.z), (lamp.x, lamp.height, lamp.z), (0.085, 0.05), steel)
    draw_capsule(frame, (lamp.x, lamp.height, lamp.z), (lamp.x + lamp.arm, lamp.height, lamp.z), (0.045, 0.04), steel)
    draw_polyhedron(
        frame, Pose(lamp.x + lamp.arm, lamp.z), (-0.3, 0.3, lamp.height - 0.14, lamp.height + 0.06, -0.12, 0.12), (),
        np.array([steel, steel, steel, head, steel, steel], np.int32),
    )  # fmt: skip
    draw_polyhedron(
        frame,
        Pose(lamp.x + lamp.arm, lamp.z),
        (-0.22, 0.22, lamp.height - 0.2, lamp.height - 0.13, -0.1, 0.1),
        (),
        head,
    )


def draw_bollard(frame: Frame, x: float, z: float) -> None:
    """Draw a concrete bollard."""
    draw_capsule(frame, (x, 0.0, z), (x, 0.85, z), (0.11, 0.1), frame.palette.number(CONCRETE))


def draw_bin(frame: Frame, pose: Pose, colour: Colour) -> None:
    """Draw a dust bin."""
    body = frame.palette.number(PLASTIC.painted(colour))
    draw_polyhedron(frame, pose, (-0.3, 0.3, 0.0, 1.0, -0.35, 0.35), (), body)


def draw_bench(frame: Frame, pose: Pose) -> None:
    """Draw a wooden bench."""
    wood, steel = frame.palette.number(WOOD), frame.palette.number(STEEL)
    draw_polyhedron(frame, pose, (-0.9, 0.9, 0.40, 0.47, -0.25, 0.2), (), wood)
    draw_polyhedron(frame, pose, (-0.9, 0.9, 0.55, 0.85, 0.2, 0.25), (), wood)
    for x in (-0.75, 0.7):
        draw_polyhedron(frame, pose, (x, x + 0.06, 0.0, 0.41, -0.2, -0.12), (), steel)
        draw_polyhedron(frame, pose, (x, x + 0.06, 0.0, 0.8, 0.16, 0.24), (), steel)


def draw_sign(frame: Frame, sign: Sign) -> None:
    """Draw a sign; its pattern is paint, so it is as warm as the plate."""
    x, z = sign.pose.x, sign.pose.z
    steel = frame.palette.number(STEEL)
    if sign.kind in ("guide", "board"):
        half, low, high = (1.3, 1.9, 3.0) if sign.kind == "guide" else (1.5, 1.2, 3.0)
        for side in (-0.8 * half, 0.8 * half):
            foot, top = sign.pose.world(side, 0.0, 0.05), sign.pose.world(side, high, 0.05)
            draw_capsule(frame, foot, top, (0.05, 0.05), steel)
    else:
        half, low, high = 0.38, 1.95, 2.71
        draw_capsule(frame, (x, 0.0, z), (x, high, z), (0.035, 0.035), steel)
    bounds = (-half, half, low, high, -0.07, -0.04)
    draw_polyhedron(frame, sign.pose, bounds, _outline(sign.kind, half, low, high), _face(frame, sign, half, low, high))


def _outline(kind: str, half: float, low: float, high: float) -> list[Plane]:
    """Planes that cut a square plate to a triangle, an octagon or nearly a circle."""
    if kind == "warning":
        return [plane((x, 0.5, 0.0), (0.0, high, 0.0)) for x in (-1.0, 1.0)]
    if kind not in ("limit", "stop"):
        return []
    slants = ((1.0, 1.0),) if kind == "stop" else ((1.0, 1.0), (1.0, 0.4142), (0.4142, 1.0))
    middle = 0.5 * (low + high)
    cuts = []
    for a, b in slants:
        for x, y in ((a, b), (-a, b), (a, -b), (-a, -b)):
            normal = unit_vector(x, y, 0.0)
            cuts.append((normal[0], normal[1], 0.0, half + normal[1] * middle))
    return cuts


def _face(frame: Frame, sign: Sign, half: float, low: float, high: float) -> Skin:
    number = frame.palette.number
    red, white, black, blue, green = (number(PLATE.painted(colour)) for colour in (_RED, _WHITE, _BLACK, _BLUE, _GREEN))
    dull = number(STEEL)
    middle, tall = 0.5 * (low + high), high - low

    def skin(face: Ints, u: Floats, v: Floats, size: Floats) -> Ints:
        x, y = -u, v - middle
        ring = (x * x + y * y) * (1.0 / (half * half))
        length = len(sign.text)
        if sign.kind == "limit":
            out = np.where(ring > 0.62, red, white)
            out = np.where(written(sign.text, x * 4.4 + 1.0, y * 2.6 + 0.5), black, out)
        elif sign.kind == "stop":
            out = np.where(np.abs(x) + np.abs(y) > 1.32 * half, white, red)
            out = np.where(written(sign.text, x * 6.2 + 2.05, y * 4.0 + 0.5), white, out)
        elif sign.kind == "warning":
            rim = np.abs(x) - 0.5 * (high - v)
            out = np.where(rim > -0.07, red, np.where(v < low + 0.09, red, white))
            out = np.where((np.abs(x) < 0.035) & (v > low + 0.2) & (v < low + 0.45), black, out)
        elif sign.kind == "crossing":
            out = np.where((np.abs(x) - 0.5 * (high - v) < -0.12) & (v > low + 0.1), white, blue)
        else:
            ground = green if sign.kind == "guide" else red
            scale = length / (1.75 * half)
            text = written(sign.text, (x + 0.875 * half) * scale, (y + 0.05 * tall) * (2.2 / tall))
            bar = (np.abs(y + 0.3 * tall) < 0.05 * tall) & (np.abs(x) < 0.8 * half)
            edge = (np.abs(x) > half - 0.06) | (np.abs(y) > 0.5 * tall - 0.06)
            out = np.where(text | bar | edge, white, ground)
        return np.where(face == BACK, out, dull).astype(np.int32)

    return skin
