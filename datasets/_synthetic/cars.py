"""Cars: body, cabin, wheels, lights, and the warmth of one that has been driven."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .camera import Vector
from .frame import Frame
from .lettering import written
from .noise import Draw, Floats, Ints
from .polyhedron import BACK, CUT, FRONT, RIGHT, Heat, Plane, Pose, Skin, draw_polyhedron, plane
from .surface import GLASS, PAINT, PLASTIC, PLATE, RUBBER, STEEL, Colour, Surface

COLOURS: tuple[Colour, ...] = (
    (0.62, 0.62, 0.60),
    (0.33, 0.34, 0.36),
    (0.10, 0.105, 0.115),
    (0.02, 0.021, 0.024),
    (0.02, 0.022, 0.025),
    (0.38, 0.035, 0.03),
    (0.035, 0.075, 0.26),
    (0.05, 0.13, 0.16),
    (0.28, 0.22, 0.13),
    (0.05, 0.12, 0.06),
    (0.55, 0.33, 0.03),
)


@dataclass(frozen=True)
class Build:
    """Shape of a car in metres, measured from its middle along z (forward) and from the ground along y.

    Attributes:
        width: of the body.
        length: of the body.
        belt: height of the lower edge of the windows.
        roof: height of the roof.
        bonnet: height of the bonnet at the front.
        screen: z of the foot and of the top of the windscreen.
        rear: z of the foot and of the top of the rear window.
        boot: height of the tail.
        axles: z of the front and rear axle.
    """

    width: float
    length: float
    belt: float
    roof: float
    bonnet: float
    screen: tuple[float, float]
    rear: tuple[float, float]
    boot: float
    axles: tuple[float, float]


BUILDS = (
    Build(1.80, 4.60, 0.94, 1.44, 0.76, (1.05, 0.30), (-1.75, -1.10), 0.97, (1.38, -1.38)),  # saloon
    Build(1.76, 4.10, 0.96, 1.48, 0.80, (1.05, 0.40), (-1.98, -1.60), 0.98, (1.28, -1.28)),  # hatchback
    Build(1.82, 4.70, 0.96, 1.47, 0.78, (1.05, 0.30), (-2.25, -1.90), 0.99, (1.40, -1.40)),  # estate
    Build(1.88, 4.55, 1.08, 1.70, 0.98, (1.10, 0.50), (-2.18, -1.85), 1.10, (1.38, -1.38)),  # off-roader
    Build(1.95, 4.95, 1.15, 1.98, 1.02, (1.75, 1.00), (-2.42, -2.36), 1.17, (1.55, -1.55)),  # van
)


@dataclass(frozen=True)
class Car:
    """A car in a scene.

    Attributes:
        pose: where it stands.
        build: its shape.
        colour: its paint.
        warmth: 0 for one that has stood all day, 1 for one that is being driven.
        lights: whether its lamps are lit.
        plate: its number.
    """

    pose: Pose
    build: Build
    colour: Colour
    warmth: float
    lights: bool
    plate: str

    @property
    def lamps(self) -> tuple[Vector, Vector]:
        """World places of the two head lamps."""
        half, front = 0.5 * self.build.width - 0.25, 0.5 * self.build.length - 0.05
        return self.pose.world(-half, 0.66, front), self.pose.world(half, 0.66, front)

    @property
    def tail_lamps(self) -> tuple[Vector, Vector]:
        """World places of the two tail lamps."""
        half, back = 0.5 * self.build.width - 0.2, -0.5 * self.build.length + 0.02
        return self.pose.world(-half, 0.78, back), self.pose.world(half, 0.78, back)


def random_car(draw: Draw, pose: Pose, driving: bool, dark: bool) -> Car:
    """A car of random shape and colour.

    Args:
        draw: its chance.
        pose: where it stands.
        driving: whether it is on its way; a parked one may still be warm.
        dark: whether driving cars have their lights on.
    """
    warmth = draw.between(0.75, 1.0) if driving else draw.pick((0.0, 0.0, 0.0, 0.15, 0.6))
    plate = "".join(draw.pick("ABCEFHKLNPRSTU") for _ in range(3)) + "".join(draw.pick("0123578") for _ in range(3))
    return Car(pose, draw.pick(BUILDS), draw.pick(COLOURS), warmth, driving and dark, plate)


def draw_car(frame: Frame, car: Car, thing: int) -> None:
    """Draw a car as object number ``thing``."""
    build, pose = car.build, car.pose
    half, end = 0.5 * build.width, 0.5 * build.length
    z0, z1 = build.screen[0], build.rear[0]
    body_cuts = [
        _slope(build.belt, z0, build.bonnet, end),
        _slope(build.bonnet, end - 0.12, 0.45, end + 0.03),
        _slope(build.belt, z1, build.boot - 0.04, -end),
        _slope(build.boot - 0.08, -end + 0.06, 0.45, -end - 0.03),
        plane((1.0, 0.16, 0.0), (half, 0.62, 0.0)),
        plane((-1.0, 0.16, 0.0), (-half, 0.62, 0.0)),
        plane((1.0, -0.25, 0.0), (half, 0.5, 0.0)),
        plane((-1.0, -0.25, 0.0), (-half, 0.5, 0.0)),
        plane((0.55, 0.0, 0.6), (half - 0.02, 0.0, end - 0.28)),
        plane((-0.55, 0.0, 0.6), (-half + 0.02, 0.0, end - 0.28)),
        plane((0.55, 0.0, -0.6), (half - 0.02, 0.0, -end + 0.22)),
        plane((-0.55, 0.0, -0.6), (-half + 0.02, 0.0, -end + 0.22)),
    ]
    top = max(build.belt, build.boot)
    draw_polyhedron(frame, pose, (-half, half, 0.22, top, -end, end), body_cuts, _body(frame, car), thing, _engine(car))
    cabin = half - 0.06
    cabin_cuts = [
        _slope(build.belt, z0, build.roof, build.screen[1]),
        _slope(build.belt, z1, build.roof, build.rear[1]),
        plane((1.0, 0.28, 0.0), (cabin, build.belt, 0.0)),
        plane((-1.0, 0.28, 0.0), (-cabin, build.belt, 0.0)),
        plane((0.5, 1.0, 0.0), (cabin - 0.2, build.roof, 0.0)),
        plane((-0.5, 1.0, 0.0), (-cabin + 0.2, build.roof, 0.0)),
        plane((0.0, 1.0, 0.30), (0.0, build.roof, build.screen[1] - 0.25)),
        plane((0.0, 1.0, -0.25), (0.0, build.roof, build.rear[1] + 0.25)),
    ]
    draw_polyhedron(
        frame, pose, (-cabin, cabin, build.belt - 0.15, build.roof, z1, z0), cabin_cuts, _cabin(frame, car), thing
    )
    for x in (-half + 0.02, half - 0.2):
        for z in build.axles:
            _wheel(frame, car, x, z, thing)


def _slope(y0: float, z0: float, y1: float, z1: float) -> Plane:
    """The plane across the car through two heights; it keeps what is below and behind (in front, at the tail)."""
    dy, dz = y1 - y0, z1 - z0
    normal = (0.0, dz, -dy) if dz > 0 else (0.0, -dz, dy)
    return plane(normal, (0.0, y0, z0))


def _body(frame: Frame, car: Car) -> Skin:
    build, number = car.build, frame.palette.number
    half = 0.5 * build.width
    paint = number(PAINT.painted(car.colour))
    dark = number(PLASTIC)
    seam = number(PAINT.painted((car.colour[0] * 0.35, car.colour[1] * 0.35, car.colour[2] * 0.35)))
    lamp = number(_lit(STEEL.painted((0.6, 0.6, 0.6)), (9.0, 8.4, 7.0) if car.lights else None, 4.0 * car.warmth))
    tail = number(
        _lit(PLASTIC.painted((0.30, 0.015, 0.015)), (1.6, 0.05, 0.03) if car.lights else None, 2.0 * car.warmth)
    )
    grille = number(PLASTIC.warmer(14.0 * car.warmth))
    plate = number(PLATE.painted((0.55, 0.55, 0.52)))
    ink = number(PLATE.painted((0.03, 0.03, 0.04)))
    front_faces, back_faces = (FRONT, CUT + 1, CUT + 8, CUT + 9), (BACK, CUT + 3, CUT + 10, CUT + 11)

    def skin(face: Ints, u: Floats, v: Floats, size: Floats) -> Ints:
        out = np.full(face.shape, paint, np.int32)
        at_front, at_back = np.isin(face, front_faces), np.isin(face, back_faces)
        middle = (face == FRONT) | (face == CUT + 1) | (face == BACK) | (face == CUT + 3)
        wide = np.where(middle, np.abs(u), half)
        out = np.where(at_front & (wide < 0.5) & (v > 0.36) & (v < build.bonnet - 0.14), grille, out)
        bright = at_front & (wide > half - 0.55) & (v > build.bonnet - 0.22) & (v < build.bonnet - 0.05)
        out = np.where(bright, lamp, out)
        red = at_back & (wide > half - 0.45) & (v > build.boot - 0.28) & (v < build.boot - 0.12)
        out = np.where(red, tail, out)
        plate_y = 0.40
        board = middle & (wide < 0.27) & (np.abs(v - plate_y - 0.06) < 0.065)
        out = np.where(board, plate, out)
        text = written(car.plate, (0.24 - u) * (1.0 / 0.08), (v - plate_y - 0.015) * (1.0 / 0.09))
        out = np.where(board & text & (size < 0.02), ink, out)
        flank = ~(at_front | at_back) & (v < build.belt - 0.02) & (face != CUT) & (face != CUT + 2)
        # On the right flank u runs from front to back.
        z = np.where((face == RIGHT) | (face == CUT + 4) | (face == CUT + 6), -u, u)
        for door in (build.screen[0] - 0.15, -0.1, build.rear[0] + 0.75):
            out = np.where(flank & (np.abs(z - door) < 0.012 + 0.3 * size) & (v > 0.34), seam, out)
        for axle in build.axles:
            arch = (z - axle) * (z - axle) + (v - 0.33) * (v - 0.33)
            out = np.where(flank & (arch < 0.16), dark, out)
        return np.where((v < 0.33) & (face != CUT), dark, out).astype(np.int32)

    return skin


def _cabin(frame: Frame, car: Car) -> Skin:
    build, number = car.build, frame.palette.number
    paint, glass = number(PAINT.painted(car.colour)), number(GLASS.warmer(1.5 * car.warmth))
    half = 0.5 * build.width - 0.06
    low, high = build.belt + 0.02, build.roof - 0.10
    rise = 1.0 / (build.roof - build.belt)

    def skin(face: Ints, u: Floats, v: Floats, size: Floats) -> Ints:
        share = (v - build.belt) * rise
        inside = (v > low) & (v < high)
        flat = half - 0.07 - 0.26 * (v - build.belt)
        ends = ((face == CUT) | (face == CUT + 1)) & (np.abs(u) < flat) & inside
        front = build.screen[0] + share * (build.screen[1] - build.screen[0])
        back = build.rear[0] + share * (build.rear[1] - build.rear[0])
        z = np.where(face == CUT + 2, -u, u)
        side = ((face == CUT + 2) | (face == CUT + 3)) & inside & (z < front - 0.14) & (z > back + 0.14)
        side &= np.abs(z + 0.1) > 0.045
        return np.where(ends | side, glass, paint).astype(np.int32)

    return skin


def _lit(surface: Surface, glow: Colour | None, warmth: float) -> Surface:
    warm = surface.warmer(warmth)
    if glow is None:
        return warm
    return Surface(
        warm.colour, warm.texture, warm.texel, warm.contrast, warm.day + 3.0, warm.night + 3.0, warm.patchy, glow=glow
    )


def _engine(car: Car) -> Heat:
    """Degrees that engine and exhaust add to the body."""
    front, end = car.build.screen[0], 0.5 * car.build.length

    def heat(x: Floats, y: Floats, z: Floats) -> Floats:
        bonnet = np.clip((z - front + 0.35) * (1.0 / 0.7), 0.0, 1.0)
        sides = 1.0 - 0.5 * np.clip(np.abs(x) * (2.0 / car.build.width), 0.0, 1.0)
        low = np.clip((0.45 - y) * 8.0, 0.0, 1.0)
        exhaust = np.clip(1.0 - np.abs(x - 0.5) * 3.0, 0.0, 1.0) * np.clip((-z - end + 0.25) * 8.0, 0.0, 1.0)
        out: Floats = car.warmth * (9.0 * bonnet * sides + low * (4.0 + 14.0 * exhaust))
        return out

    return heat


def _wheel(frame: Frame, car: Car, x: float, z: float, thing: int) -> None:
    radius, width = 0.33, 0.18
    spokes = ((1.0, 0.0), (0.924, 0.383), (0.707, 0.707), (0.383, 0.924), (0.0, 1.0))
    rim = [(0.0, sy * a, sz * b, radius) for a, b in spokes for sy in (1.0, -1.0) for sz in (1.0, -1.0)]
    number = frame.palette.number
    tyre, hub = (
        number(RUBBER.warmer(10.0 * car.warmth)),
        number(STEEL.painted((0.25, 0.25, 0.26)).warmer(13.0 * car.warmth)),
    )
    gap = number(PLASTIC.warmer(9.0 * car.warmth))
    c, s = car.pose.yaw
    middle = car.pose.world(x, 0.0, z)
    pose = Pose(middle[0], middle[2], (c, s))

    def skin(face: Ints, u: Floats, v: Floats, size: Floats) -> Ints:
        from_hub = u * u + (v - radius) * (v - radius)
        on_side = face < 2
        out = np.where(on_side & (from_hub < 0.045), hub, tyre)
        # Five holes in the rim, from products of the coordinates instead of an angle.
        star = np.abs(u * (v - radius)) * 12.0 > 0.05
        return np.where(on_side & (from_hub < 0.036) & (from_hub > 0.006) & star, gap, out).astype(np.int32)

    cuts = [(a, b, d, offset + b * radius) for a, b, d, offset in rim]
    draw_polyhedron(frame, pose, (0.0, width, 0.0, 2 * radius, -radius, radius), cuts, skin, thing)
