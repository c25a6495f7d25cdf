"""Houses and blocks with windows, doors and roofs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .frame import Frame
from .lettering import written
from .noise import Draw, Floats, Ints, hash_at, unit
from .polyhedron import BOTTOM, CUT, TOP, Plane, Pose, Skin, draw_polyhedron, plane
from .surface import BRICK, CONCRETE, FLAT_ROOF, PANE, PLASTER, TILES, WOOD, Colour, Surface

PLASTERS: tuple[Colour, ...] = (
    (0.58, 0.54, 0.45),
    (0.60, 0.60, 0.58),
    (0.52, 0.42, 0.27),
    (0.42, 0.30, 0.22),
    (0.36, 0.40, 0.42),
    (0.55, 0.35, 0.27),
)


@dataclass(frozen=True)
class Building:
    """A building; its local z axis points to its back, its local x along its front.

    Attributes:
        pose: middle of its ground plan.
        width: metres along x.
        depth: metres along z.
        eaves: height of the walls.
        gable: height of the roof above them; 0 for a flat roof.
        storey: metres per floor.
        bay: metres per window column.
        wall: surface of the walls.
        lit: share of windows with a light on.
        leak: degrees by which heated windows are warmer than the night.
        shop: name over the door; "" for none.
        seed: tells one building's windows from another's.
    """

    pose: Pose
    width: float
    depth: float
    eaves: float
    gable: float
    storey: float
    bay: float
    wall: Surface
    lit: float
    leak: float
    shop: str
    seed: int


def random_building(draw: Draw, pose: Pose, town: bool, dark: bool, cold: bool) -> Building:
    """A house, or in town a block of flats with a shop.

    Args:
        draw: its chance.
        pose: where it stands.
        town: whether it stands in a town.
        dark: whether lights are on.
        cold: whether it is heated.
    """
    wall = draw.pick((BRICK, CONCRETE, PLASTER, PLASTER, PLASTER))
    if wall is PLASTER:
        wall = PLASTER.painted(draw.pick(PLASTERS))
    storey = draw.between(2.7, 3.1)
    floors = draw.whole(3, 6) if town else draw.whole(1, 2)
    return Building(
        pose=pose,
        width=draw.between(11.0, 18.0) if town else draw.between(8.0, 12.0),
        depth=draw.between(9.0, 12.0) if town else draw.between(7.0, 9.0),
        eaves=0.5 + storey * floors,
        gable=draw.between(2.0, 3.2) if not town or draw.chance(0.35) else 0.0,
        storey=storey,
        bay=draw.between(2.2, 3.2),
        wall=wall.warmer(draw.between(-0.8, 1.2)),
        lit=draw.between(0.15, 0.5) if dark else 0.0,
        leak=draw.between(1.5, 4.5) if cold else draw.between(-1.0, 0.8),
        shop=draw.pick(("BAR", "HOTEL", "CAFE", "BOOKS", "FRUIT", "")) if town else "",
        seed=draw.whole(0, 1 << 20),
    )


def draw_building(frame: Frame, building: Building) -> None:
    """Draw a building."""
    half, deep = 0.5 * building.width, 0.5 * building.depth
    skin = _skin(frame, building)
    cuts: list[Plane] = []
    top = building.eaves
    if building.gable:
        top += building.gable
        cuts = [
            plane((0.0, deep, building.gable), (0.0, building.eaves, deep)),
            plane((0.0, deep, -building.gable), (0.0, building.eaves, -deep)),
        ]
        chimney = building.pose.world(0.25 * building.width, 0.0, 0.1 * building.depth)
        draw_polyhedron(
            frame,
            Pose(chimney[0], chimney[2], building.pose.yaw),
            (-0.35, 0.35, top - 1.2, top + 0.6, -0.35, 0.35),
            (),
            frame.palette.number(BRICK.warmer(building.leak)),
        )
    draw_polyhedron(frame, building.pose, (-half, half, 0.0, top, -deep, deep), cuts, skin)


def _skin(frame: Frame, building: Building) -> Skin:
    number = frame.palette.number
    wall = number(building.wall)
    roof = number(TILES if building.gable else FLAT_ROOF)
    plinth = number(CONCRETE.painted((0.2, 0.19, 0.18)))
    frame_colour = number(PLASTER.painted((0.55, 0.55, 0.53)).warmer(0.5 * building.leak))
    door = number(WOOD.warmer(0.5 * building.leak))
    draw = Draw("windows", building.seed)
    panes = [number(PANE.warmer(building.leak * draw.between(0.3, 1.3))) for _ in range(3)]
    curtain = number(replace(PANE.warmer(building.leak), colour=(0.3, 0.28, 0.25)))
    lights = [
        number(replace(PANE.warmer(building.leak + 0.8), gloss=0.05, contrast=0.6, glow=(k * 0.60, k * 0.40, k * 0.17)))
        for k in (0.35, 0.8)
    ]
    panes_table = np.array([*panes, curtain, *lights], np.int32)
    fascia, letters = (
        number(PLASTER.painted((0.10, 0.12, 0.16))),
        number(replace(PLASTER.painted((0.6, 0.55, 0.4)), glow=(0.5, 0.35, 0.1) if building.lit else (0.0, 0.0, 0.0))),
    )
    door_bay = draw.whole(-1, 1)

    def skin(face: Ints, u: Floats, v: Floats, size: Floats) -> Ints:
        column = np.floor(u * (1.0 / building.bay) + 0.5).astype(np.int32)
        floor = np.floor((v - 0.5) * (1.0 / building.storey)).astype(np.int32)
        across = u - column * building.bay
        above = v - 0.5 - floor * building.storey
        fits = (np.abs(column) * building.bay + 0.9 < 0.5 * building.width) | (face < 2)
        fits &= (np.abs(column) * building.bay + 0.9 < 0.5 * building.depth) | (face > 3)
        fits &= (v > 0.5) & (v < building.eaves - 0.3)
        opening = fits & (np.abs(across) < 0.62) & (above > 0.85) & (above < 2.25)
        glazed = opening & (np.abs(across) < 0.54) & (above > 0.93) & (above < 2.17)
        glazed &= (np.abs(across) > 0.035) & (np.abs(above - 1.8) > 0.03)
        choice = unit(hash_at(column + 31 * face, floor, building.seed))
        kind = np.minimum((choice * 97.0).astype(np.int32) % 4, 3)
        kind = np.where(choice < building.lit, 4 + (choice * 1543.0).astype(np.int32) % 2, kind)
        out = np.where(opening, frame_colour, wall)
        out = np.where(glazed, panes_table[kind], out)
        entry = (face == 5) & (column == door_bay) & (floor == 0) & (np.abs(across) < 0.55) & (above < 2.1)
        out = np.where(entry, door, out)
        out = np.where(v < 0.5, plinth, out)
        out = np.where(entry & (v > 0.2), door, out)
        if building.shop:
            board = (face == 5) & (np.abs(v - building.storey - 0.45) < 0.42) & (np.abs(u) < 0.45 * building.width)
            length = len(building.shop)
            text = written(building.shop, (0.3 * length - u) * (1.0 / 0.6), (v - building.storey - 0.15) * (1.0 / 0.6))
            out = np.where(board, fascia, out)
            out = np.where(board & text, letters, out)
        slanted = (face == TOP) | (face == BOTTOM) | (face >= CUT)
        return np.where(slanted, roof, out).astype(np.int32)

    return skin
