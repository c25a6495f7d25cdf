"""What is in a scene."""

from __future__ import annotations

from dataclasses import dataclass, field

from .buildings import Building
from .camera import Camera, Turn
from .cars import Car
from .curtain import Outline, Sheet
from .furniture import Lamp, Sign
from .light import Light
from .noise import Draw
from .people import Person
from .plants import Plant
from .polyhedron import Pose
from .road import Road
from .surface import Colour, Surface


@dataclass(frozen=True)
class Curtain:
    """An upright sheet in a scene; see :func:`.curtain.draw_curtain`."""

    sheet: Sheet
    outline: Outline
    surface: Surface
    lean: float
    foot: Surface | None


@dataclass
class Scene:
    """All that is drawn; lists are filled by the layouts.

    Attributes:
        kind: one of :data:`.layouts.KINDS`.
        draw: its chance.
        light: its light.
        camera: its camera.
        road: its ground.
        ego: whether the camera rides in a car, whose head lights are on in the dark.
        autumn: whether leaves have turned.
    """

    kind: str
    draw: Draw
    light: Light
    camera: Camera
    road: Road
    ego: bool
    autumn: bool
    cars: list[Car] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    plants: list[Plant] = field(default_factory=list)
    buildings: list[Building] = field(default_factory=list)
    lamps: list[Lamp] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)
    curtains: list[Curtain] = field(default_factory=list)
    bollards: list[tuple[float, float]] = field(default_factory=list)
    benches: list[Pose] = field(default_factory=list)
    bins: list[tuple[Pose, Colour]] = field(default_factory=list)
    taken: list[tuple[float, float, float]] = field(default_factory=list)

    def claim(self, x: float, z: float, radius: float) -> bool:
        """Take a round place on the ground; False, and nothing taken, when something stands there already."""
        for ox, oz, other in self.taken:
            if (x - ox) * (x - ox) + (z - oz) * (z - oz) < (radius + other) * (radius + other):
                return False
        self.taken.append((x, z, radius))
        return True

    def pose(self, s: float, z: float, turned: Turn = (1.0, 0.0)) -> Pose:
        """Pose at a place of the road, turned against the road's direction there."""
        x, ahead, (c, k) = self.road.place(s, z)
        return Pose(x, ahead, (c * turned[0] - k * turned[1], k * turned[0] + c * turned[1]))
