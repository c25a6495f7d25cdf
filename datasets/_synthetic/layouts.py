"""How scenes of each kind are laid out."""

from __future__ import annotations

from collections.abc import Callable

from .camera import turn
from .curtain import Sheet, fence, ridge, treetops
from .light import random_light
from .noise import Draw
from .outlook import random_camera, random_road
from .placing import add_car, add_lamps, add_person, add_plant, add_sign, houses, parked_row, traffic, woods
from .scene import Curtain, Scene
from .surface import (
    BARK,
    HILL,
    LEAVES,
    NEEDLES,
    WOOD,
)

KINDS = ("town", "rural", "junction", "forest", "suburb", "parking", "park")


def lay_out(draw: Draw, kind: str, light: str) -> Scene:
    """A scene of one kind in one kind of light."""
    sky = random_light(draw.child("light"), light)
    road = random_road(draw.child("road"), kind)
    ego = kind not in ("park", "parking") and draw.chance(0.75)
    camera = random_camera(draw.child("camera"), road, kind, ego)
    scene = Scene(kind, draw.child("things"), sky, camera, road, ego, draw.chance(0.25))
    _FILL[kind](scene)
    _distance(scene)
    return scene


def _rural(scene: Scene) -> None:
    draw, half = scene.draw, scene.road.half
    traffic(scene, draw.whole(1, 3))
    for side in (-1, 1):
        if draw.chance(0.65):
            spacing, s = draw.between(9.0, 16.0), side * (half + draw.between(2.5, 4.5))
            for step in range(8):
                add_plant(
                    scene, draw.pick(("broad", "broad", "bush")), s + draw.between(-0.5, 0.5), 8.0 + step * spacing
                )
        for _ in range(draw.whole(0, 4)):
            add_plant(
                scene, draw.pick(("broad", "conifer", "bush")), side * draw.between(9.0, 40.0), draw.between(18.0, 90.0)
            )
    if draw.chance(0.6):
        x, z, yaw = scene.road.place(draw.sign() * (half + draw.between(2.0, 4.0)), 3.0)
        scene.curtains.append(Curtain(Sheet(x, z, (yaw[1], yaw[0]), 70.0), fence(1.1, 2.2), WOOD, 0.0, None))
    if draw.chance(0.7):
        add_sign(scene, 1.2)
    if draw.chance(0.5):
        houses(scene, draw.sign(), draw.between(20.0, 35.0), (draw.between(30.0, 45.0), 75.0), town=False)
    for _ in range(draw.whole(1, 3)):
        add_person(scene, draw.sign() * (half + draw.between(0.5, 1.6)), draw.between(8.0, 32.0))
    if draw.chance(0.5):
        add_person(scene, draw.sign() * (half + draw.between(4.0, 8.0)), draw.between(12.0, 26.0), hidden=True)
    if scene.light.name != "dark night" and draw.chance(0.3):
        add_lamps(scene, half + 1.0, draw.between(28.0, 40.0))


def _forest(scene: Scene) -> None:
    draw, half = scene.draw, scene.road.half
    traffic(scene, draw.whole(1, 2))
    for side in (-1, 1):
        woods(scene, side * (half + draw.between(4.0, 7.0)), draw.between(9.0, 15.0))
        for _ in range(draw.whole(4, 7)):
            kind = draw.pick(("conifer", "broad", "bush"))
            add_plant(scene, kind, side * (half + draw.between(2.2, 5.0)), draw.between(7.0, 60.0))
    for _ in range(draw.whole(1, 2)):
        add_person(scene, draw.sign() * (half + draw.between(0.3, 1.5)), draw.between(8.0, 28.0))
    for _ in range(draw.whole(1, 2)):
        add_person(scene, draw.sign() * (half + draw.between(1.5, 3.2)), draw.between(9.0, 24.0), hidden=True)
    if draw.chance(0.6):
        add_sign(scene, 1.0)
    if draw.chance(0.4):
        parked_row(scene, draw.sign() * (half + 0.8), 1)


def _suburb(scene: Scene) -> None:
    draw, road = scene.draw, scene.road
    traffic(scene, draw.whole(1, 2))
    for side in (-1, 1):
        line = road.half + road.pavement
        houses(scene, side, line + draw.between(4.0, 7.0), (draw.between(6.0, 14.0), 80.0), town=False)
        parked_row(scene, side * (road.half - 1.0), draw.whole(1, 3))
        if draw.chance(0.6):
            spacing = draw.between(10.0, 15.0)
            for step in range(5):
                add_plant(scene, "broad", side * (line + 1.2), 9.0 + step * spacing + draw.between(-2.0, 2.0))
        if draw.chance(0.6):
            x, z, yaw = road.place(side * (line + 0.6), 4.0)
            hedge = draw.chance(0.5)
            outline = treetops(1.3, 0.12, draw.whole(1, 99)) if hedge else fence(1.1, 0.25)
            surface = LEAVES if hedge else WOOD
            scene.curtains.append(
                Curtain(Sheet(x, z, (yaw[1], yaw[0]), 60.0), outline, surface, 1.0 if hedge else 0.0, None)
            )
    for _ in range(draw.whole(0, 3)):
        pose = scene.pose(
            draw.sign() * (road.half + 0.8 * road.pavement), draw.between(7.0, 30.0), turn(draw.between(-0.4, 0.4))
        )
        if scene.claim(pose.x, pose.z, 0.5):
            scene.bins.append(
                (pose, draw.pick(((0.03, 0.03, 0.035), (0.03, 0.08, 0.2), (0.3, 0.22, 0.03), (0.1, 0.06, 0.03))))
            )
    _walkers(scene, draw.whole(2, 4))
    add_lamps(scene, road.half + 0.5, draw.between(20.0, 28.0))
    if draw.chance(0.7):
        add_sign(scene, 0.6)


def _town(scene: Scene) -> None:
    draw, road = scene.draw, scene.road
    traffic(scene, draw.whole(1, 3))
    for side in (-1, 1):
        houses(scene, side, road.half + road.pavement, (draw.between(0.0, 8.0), 95.0), town=True)
        parked_row(scene, side * (road.half - 1.05), draw.whole(1, 4))
        if draw.chance(0.5):
            for step in range(4):
                add_plant(scene, "broad", side * (road.half + 0.9), 10.0 + step * 14.0 + draw.between(-2.0, 2.0))
    for _ in range(draw.whole(0, 4)):
        scene.bollards.append(road.place(draw.sign() * (road.half + 0.35), draw.between(6.0, 25.0))[:2])
    _walkers(scene, draw.whole(3, 6))
    add_lamps(scene, road.half + 0.5, draw.between(18.0, 26.0))
    add_sign(scene, 0.6)
    if draw.chance(0.5):
        add_sign(scene, 0.6)


def _junction(scene: Scene) -> None:
    draw, road = scene.draw, scene.road
    assert road.crossing is not None
    town = draw.chance(0.5)
    for side in (-1, 1):
        line = road.half + road.pavement + (1.0 if town else 4.0)
        gap = road.crossing_half + road.pavement + 1.0
        houses(scene, side, line, (2.0, road.crossing - gap), town=town)
        houses(scene, side, line, (road.crossing + gap, 85.0), town=town)
    traffic(scene, draw.whole(1, 2))
    for _ in range(draw.whole(1, 2)):
        way = draw.sign()
        s, z = draw.between(-9.0, 9.0), road.crossing - way * 0.5 * road.crossing_half
        add_car(scene, s, z, turn(way * 1.5707963), driving=True)
    parked_row(scene, draw.sign() * (road.half - 1.0), draw.whole(0, 2))
    _walkers(scene, draw.whole(2, 5))
    for _ in range(draw.whole(0, 4)):
        add_plant(
            scene,
            draw.pick(("broad", "bush")),
            draw.sign() * (road.half + road.pavement + 1.5),
            draw.between(8.0, 60.0),
        )
    add_lamps(scene, road.half + 0.5, draw.between(20.0, 28.0))
    add_sign(scene, 0.6)
    if draw.chance(0.6):
        add_sign(scene, 0.6)


def _parking(scene: Scene) -> None:
    draw, road = scene.draw, scene.road
    for side in (-1, 1):
        for bay in range(3, 13):
            if draw.chance(0.45):
                facing = turn(draw.sign() * 1.5707963 + draw.between(-0.05, 0.05))
                add_car(scene, side * (road.half - 2.5), 2.6 * bay, facing, driving=False)
    if draw.chance(0.8):
        add_car(scene, draw.between(-3.0, 3.0), draw.between(14.0, 30.0), turn(draw.between(-3.1, 3.1)), driving=True)
    for _ in range(draw.whole(2, 5)):
        add_person(scene, draw.between(-0.8, 0.8) * road.half, draw.between(8.0, 30.0))
    add_lamps(scene, 0.0 if draw.chance(0.3) else road.half + 0.6, draw.between(15.0, 22.0))
    houses(scene, draw.sign(), road.half + 6.0, (10.0, 70.0), town=draw.chance(0.5))
    for _ in range(draw.whole(2, 6)):
        add_plant(
            scene,
            draw.pick(("broad", "bush", "conifer")),
            draw.sign() * (road.half + draw.between(3.0, 8.0)),
            draw.between(12.0, 60.0),
        )
    add_sign(scene, 0.8)


def _park(scene: Scene) -> None:
    draw, road = scene.draw, scene.road
    for _ in range(draw.whole(9, 14)):
        kind = draw.pick(("broad", "broad", "bush", "conifer"))
        add_plant(scene, kind, draw.sign() * (road.half + draw.between(1.8, 16.0)), draw.between(7.0, 55.0))
    for _ in range(draw.whole(2, 4)):
        add_person(scene, draw.between(-1.0, 1.0) * road.half, draw.between(6.0, 30.0))
    for _ in range(draw.whole(1, 2)):
        add_person(scene, draw.sign() * (road.half + draw.between(1.0, 5.0)), draw.between(8.0, 22.0), hidden=True)
    for _ in range(draw.whole(1, 2)):
        side = draw.sign()
        pose = scene.pose(side * (road.half + 0.8), draw.between(7.0, 20.0), turn(-side * 1.5707963))
        if scene.claim(pose.x, pose.z, 1.0):
            scene.benches.append(pose)
    add_lamps(scene, road.half + 0.7, draw.between(14.0, 20.0))
    if draw.chance(0.6):
        add_sign(scene, 1.0)
    if draw.chance(0.5):
        parked_row(scene, draw.sign() * (road.half + 9.0), 2)


def _walkers(scene: Scene, count: int) -> None:
    """People on the pavements, on a zebra crossing, and sometimes between the cars."""
    draw, road = scene.draw, scene.road
    for _ in range(count):
        if road.zebras and draw.chance(0.3):
            add_person(scene, draw.between(-0.9, 0.9) * road.half, draw.pick(road.zebras), across=True)
        elif draw.chance(0.15):
            add_person(scene, draw.sign() * (road.half - 0.1), draw.between(8.0, 30.0))
        else:
            add_person(
                scene, draw.sign() * (road.half + draw.between(0.3, 0.9) * road.pavement), draw.between(6.0, 34.0)
            )


def _distance(scene: Scene) -> None:
    """What closes the view: woods, and hills behind them."""
    draw = scene.draw
    open_land = scene.kind in ("rural", "park", "parking")
    if open_land or draw.chance(0.7):
        z = draw.between(90.0, 220.0)
        height = draw.between(7.0, 13.0)
        leaves = draw.pick((LEAVES, LEAVES, NEEDLES))
        outline = treetops(height, draw.between(0.25, 0.7), draw.whole(1, 99))
        scene.curtains.append(
            Curtain(
                Sheet(-320.0, z, turn(draw.between(-0.15, 0.15)), 640.0),
                outline,
                leaves,
                1.2,
                BARK if z < 130.0 else None,
            )
        )
    if draw.chance(0.75):
        outline = ridge(draw.between(15.0, 70.0), draw.whole(1, 99))
        scene.curtains.append(
            Curtain(Sheet(-900.0, draw.between(600.0, 850.0), (1.0, 0.0), 1800.0), outline, HILL, 0.0, None)
        )


_FILL: dict[str, Callable[[Scene], None]] = {
    "rural": _rural,
    "forest": _forest,
    "suburb": _suburb,
    "town": _town,
    "junction": _junction,
    "parking": _parking,
    "park": _park,
}
