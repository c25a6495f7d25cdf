"""Persons: jointed figures that stand or walk, warm where the skin shows."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .camera import Vector
from .capsule import draw_capsule
from .frame import Frame
from .noise import Draw
from .polyhedron import Pose
from .surface import CLOTH, LEAVES, RUBBER, SKIN, Colour, Surface

CLOTHES: tuple[Colour, ...] = (
    (0.02, 0.02, 0.022),
    (0.03, 0.035, 0.06),
    (0.05, 0.05, 0.05),
    (0.08, 0.05, 0.03),
    (0.30, 0.04, 0.04),
    (0.45, 0.44, 0.42),
    (0.06, 0.10, 0.24),
    (0.10, 0.12, 0.06),
    (0.45, 0.30, 0.06),
    (0.16, 0.15, 0.14),
)
HAIR: tuple[Colour, ...] = ((0.02, 0.015, 0.01), (0.07, 0.045, 0.025), (0.20, 0.14, 0.07), (0.25, 0.24, 0.23))
SKINS: tuple[Colour, ...] = ((0.48, 0.31, 0.23), (0.35, 0.21, 0.14), (0.16, 0.085, 0.055))

_NET: Colour = (0.035, 0.055, 0.02)


@dataclass(frozen=True)
class Person:
    """A person in a scene.

    Attributes:
        pose: where it stands and looks.
        height: metres.
        stride: metres from the middle to each foot; 0 for standing.
        girth: width against the average.
        coat: whether the upper garment reaches to the knees.
        colours: upper garment, trousers, hair, skin.
        hidden: wears the pattern of leaves.
        bag: carries one.
    """

    pose: Pose
    height: float
    stride: float
    girth: float
    coat: bool
    colours: tuple[Colour, Colour, Colour, Colour]
    hidden: bool
    bag: bool


def random_person(draw: Draw, pose: Pose, walking: bool, hidden: bool = False, dark_clothes: bool = False) -> Person:
    """A person of random size and clothes."""
    height = draw.between(1.1, 1.4) if draw.chance(0.12) and not hidden else draw.between(1.55, 1.92)
    clothes = CLOTHES[:4] if dark_clothes else CLOTHES
    colours = (draw.pick(clothes), draw.pick(clothes[:8]), draw.pick(HAIR), draw.pick(SKINS))
    stride = draw.between(0.16, 0.34) * height / 1.75 if walking else draw.between(0.0, 0.06)
    stride *= draw.sign()
    return Person(pose, height, stride, draw.between(0.88, 1.18), draw.chance(0.3), colours, hidden, draw.chance(0.3))


def draw_person(frame: Frame, person: Person, thing: int, air: float) -> None:
    """Draw a person as object number ``thing``.

    Args:
        frame: what to draw into.
        person: whom.
        thing: number of the object.
        air: temperature of the air in degrees Celsius; the colder it is, the cooler the clothes' outside.
    """
    upper, lower, hair, skin = _surfaces(frame, person, air)
    size, stride, wide = person.height, person.stride, person.girth
    world = person.pose.world

    def limb(start: Vector, end: Vector, radii: tuple[float, float], surface: int, heat: float = 0.0) -> None:
        draw_capsule(frame, world(*start), world(*end), radii, surface, thing, heat)

    shoe = frame.palette.number(RUBBER.warmer(0.25 * (30.0 - air)))
    hip, knee, shoulder = 0.50 * size, 0.27 * size, 0.80 * size
    for side in (-1.0, 1.0):
        reach, bent = side * stride, 0.35 * side * stride + 0.25 * abs(stride)
        x = 0.055 * size * side
        lift = 0.04 * size if reach < -0.1 else 0.0
        limb((x, hip, 0.0), (x, knee, bent), (0.052 * size * wide, 0.036 * size), lower)
        limb((x, knee, bent), (x, 0.05 * size + lift, reach), (0.036 * size, 0.026 * size), lower, -1.0)
        limb(
            (x, 0.025 * size + lift, reach - 0.02),
            (x, 0.02 * size, reach + 0.09 * size),
            (0.026 * size, 0.02 * size),
            shoe,
        )
        swing = -0.75 * side * stride
        elbow = (0.135 * size * side * wide, 0.61 * size, 0.5 * swing - 0.03)
        hand = (0.13 * size * side * wide, 0.47 * size, swing + 0.04)
        limb((0.105 * size * side * wide, shoulder, 0.0), elbow, (0.036 * size, 0.029 * size), upper)
        limb(elbow, hand, (0.029 * size, 0.021 * size), upper, -0.5)
        limb(hand, (hand[0], hand[1] - 0.03 * size, hand[2] + 0.01), (0.02 * size, 0.018 * size), skin, -3.0)
    for side in (-0.045, 0.045):
        limb(
            (side * size * wide, 0.775 * size, 0.0),
            (side * size * wide * 0.8, 0.55 * size, 0.0),
            (0.062 * size * wide, 0.06 * size * wide),
            upper,
            0.8,
        )
    limb((0.0, 0.56 * size, 0.0), (0.0, 0.5 * size, 0.0), (0.075 * size * wide, 0.08 * size * wide), lower)
    if person.coat:
        limb((0.0, 0.70 * size, 0.0), (0.0, 0.36 * size, 0.0), (0.09 * size * wide, 0.10 * size * wide), upper)
    limb((0.0, 0.81 * size, 0.0), (0.0, 0.87 * size, 0.01), (0.034 * size, 0.032 * size), skin)
    limb((0.0, 0.915 * size, 0.012), (0.0, 0.94 * size, 0.012), (0.05 * size, 0.056 * size), skin, 1.0)
    limb((0.0, 0.945 * size, -0.016), (0.0, 0.925 * size, -0.022), (0.058 * size, 0.054 * size), hair)
    if person.bag:
        bag = frame.palette.number(CLOTH.painted((0.05, 0.045, 0.04)).warmer(1.5))
        limb((0.0, 0.76 * size, -0.15), (0.0, 0.62 * size, -0.16), (0.075 * size, 0.085 * size), bag)


def _surfaces(frame: Frame, person: Person, air: float) -> tuple[int, int, int, int]:
    number = frame.palette.number
    upper, lower, hair, skin = person.colours
    through, bare = 0.48 * (31.5 - air) + 0.5, 0.85 * (33.5 - air) + 0.6
    if person.hidden:
        through = max(through, 5.5)  # someone must show in one of the two pictures

    def cloth(colour: Colour, degrees: float) -> Surface:
        if person.hidden:
            # Nets over hands and face too: it takes the infrared picture to find this one.
            return replace(LEAVES, colour=_NET, day=degrees, night=degrees, patchy=1.2, texel=0.012)
        return CLOTH.painted(colour).warmer(degrees)

    return (
        number(cloth(upper, through)),
        number(cloth(lower, 1.05 * through)),
        number(cloth(hair, 0.6 * (32.0 - air))),
        number(cloth(skin, bare) if person.hidden else SKIN.painted(skin).warmer(bare)),
    )
