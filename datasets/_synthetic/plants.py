"""Trees and bushes."""

from __future__ import annotations

from dataclasses import dataclass

from .capsule import draw_capsule
from .frame import Frame
from .noise import Draw
from .puff import draw_puff
from .surface import BARK, LEAVES, NEEDLES, Colour, Surface

_TURNED: tuple[Colour, ...] = ((0.17, 0.09, 0.02), (0.20, 0.13, 0.025), (0.14, 0.05, 0.02), (0.09, 0.10, 0.025))


@dataclass(frozen=True)
class Plant:
    """A tree or bush.

    Attributes:
        kind: "broad", "conifer" or "bush".
        x: metres right.
        z: metres forward.
        height: metres.
        seed: tells one plant from another.
        autumn: whether its leaves have turned.
    """

    kind: str
    x: float
    z: float
    height: float
    seed: int
    autumn: bool

    @property
    def crown(self) -> tuple[float, float, float]:
        """Height of the crown's middle, its radius, and its height over its width, for shadows."""
        if self.kind == "bush":
            return 0.5 * self.height, 0.6 * self.height, 0.8
        if self.kind == "conifer":
            return 0.5 * self.height, 0.2 * self.height, 2.2
        return 0.66 * self.height, 0.33 * self.height, 1.0


def draw_plant(frame: Frame, plant: Plant) -> None:
    """Draw a tree or bush."""
    draw = Draw("plant", plant.seed)
    shade = draw.between(0.75, 1.25)
    warm = draw.between(0.8, 1.3)
    base = NEEDLES if plant.kind == "conifer" else LEAVES
    if plant.autumn and plant.kind != "conifer":
        base = LEAVES.painted(draw.pick(_TURNED))
    leaves = base.painted((base.colour[0] * shade * warm, base.colour[1] * shade, base.colour[2] * shade / warm))
    {"broad": _broad, "conifer": _conifer, "bush": _bush}[plant.kind](frame, plant, draw, leaves)


def _broad(frame: Frame, plant: Plant, draw: Draw, leaves: Surface) -> None:
    x, z, height = plant.x, plant.z, plant.height
    bark, leaf = frame.palette.number(BARK), frame.palette.number(leaves)
    fork = height * draw.between(0.30, 0.40)
    lean = draw.between(-0.03, 0.03) * height
    thick = 0.018 * height + 0.04
    draw_capsule(frame, (x, -0.1, z), (x + lean, fork, z), (thick * 1.25, thick), bark)
    for side in (-1.0, 0.1, 1.0):
        tip = (
            x + lean + side * height * draw.between(0.12, 0.22),
            height * draw.between(0.6, 0.75),
            z + draw.between(-0.8, 0.8),
        )
        draw_capsule(frame, (x + lean, fork - 0.1, z), tip, (0.65 * thick, 0.2 * thick), bark)
    spread = height * draw.between(0.24, 0.32)
    for _ in range(9):
        px, pz = draw.between(-1.0, 1.0), draw.between(-1.0, 1.0)
        py = draw.between(-0.8, 0.9)
        narrow = 1.0 - 0.45 * py * py
        centre = (x + lean + px * spread * narrow, height * (0.68 + 0.20 * py), z + 0.8 * pz * spread * narrow)
        draw_puff(frame, centre, height * draw.between(0.13, 0.20), draw.between(0.75, 1.0), leaf)


def _conifer(frame: Frame, plant: Plant, draw: Draw, leaves: Surface) -> None:
    x, z, height = plant.x, plant.z, plant.height
    bark, leaf = frame.palette.number(BARK), frame.palette.number(leaves)
    draw_capsule(frame, (x, -0.1, z), (x, 0.85 * height, z), (0.02 * height, 0.005 * height), bark)
    for step in range(10):
        left = 1.0 - step / 10.0
        radius = height * (0.03 + 0.17 * left) * draw.between(0.9, 1.1)
        middle = height * (0.98 - 0.84 * left * (0.4 + 0.6 * left))
        for side in (-0.45, 0.45):
            centre = (x + (side + draw.between(-0.15, 0.15)) * radius, middle, z + draw.between(-0.4, 0.4) * radius)
            draw_puff(frame, centre, 0.8 * radius, 0.75, leaf, 0.015)


def _bush(frame: Frame, plant: Plant, draw: Draw, leaves: Surface) -> None:
    leaf = frame.palette.number(leaves)
    for _ in range(4):
        side, away = draw.between(-0.6, 0.6) * plant.height, draw.between(-0.3, 0.3) * plant.height
        radius = plant.height * draw.between(0.42, 0.6)
        centre = (plant.x + side, plant.height * draw.between(0.35, 0.5), plant.z + away)
        draw_puff(frame, centre, radius, draw.between(0.75, 0.95), leaf, 0.015)
