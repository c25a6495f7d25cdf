"""Putting things into a scene so that none stands in another."""

from __future__ import annotations

from dataclasses import replace

from .buildings import random_building
from .camera import Turn, turn
from .cars import random_car
from .curtain import Sheet, treetops
from .furniture import Lamp, random_sign
from .people import random_person
from .plants import Plant
from .scene import Curtain, Scene
from .surface import BARK, LEAVES, NEEDLES

_QUARTER = 1.5707963267948966


def add_car(scene: Scene, s: float, z: float, turned: Turn, driving: bool) -> None:
    """A car at a place of the road, unless something stands there."""
    pose = scene.pose(s, z, turned)
    ahead = scene.pose(s, z).yaw
    if scene.ego and (pose.x - scene.camera.x) * (pose.x - scene.camera.x) < 4.0 and pose.z < 9.0:
        return  # it would stand on the camera's own bonnet
    along = abs(turned[0]) > 0.7
    ends = [
        (pose.x + k * (ahead[1] if along else ahead[0]), pose.z + k * (ahead[0] if along else -ahead[1]))
        for k in (-1.3, 1.3)
    ]
    if any(
        (x - ox) * (x - ox) + (q - oz) * (q - oz) < (r + 1.1) * (r + 1.1) for x, q in ends for ox, oz, r in scene.taken
    ):
        return
    for x, q in ends:
        scene.taken.append((x, q, 1.1))
    scene.cars.append(random_car(scene.draw.child("car", len(scene.cars)), pose, driving, scene.light.dark))


def traffic(scene: Scene, count: int) -> None:
    """Driving cars in both lanes."""
    draw = scene.draw
    for _ in range(count):
        oncoming = draw.chance(0.55)
        s = (-0.5 if oncoming else 0.5) * scene.road.half + draw.between(-0.25, 0.25)
        way = 3.1415926 if oncoming else 0.0
        z = draw.between(9.0, 48.0)
        add_car(scene, s, z, turn(way + draw.between(-0.04, 0.04)), driving=True)
        if oncoming and scene.light.dark and draw.chance(0.6):
            # Someone in the glare: hard to see for the visible camera, easy for the infrared one.
            add_person(scene, draw.pick((s + 1.7, s - 1.6)), z + draw.between(-2.0, 3.0))


def parked_row(scene: Scene, s: float, count: int) -> None:
    """Parked cars along one edge."""
    draw = scene.draw
    for _ in range(count):
        way = 3.1415926 if (s < 0.0) != draw.chance(0.15) else 0.0
        add_car(
            scene,
            s + draw.between(-0.1, 0.1),
            draw.between(7.0, 36.0),
            turn(way + draw.between(-0.03, 0.03)),
            driving=False,
        )


def add_person(scene: Scene, s: float, z: float, hidden: bool = False, across: bool = False) -> None:
    """A person at a place of the road, unless something stands there; ``across`` for one who crosses it."""
    draw = scene.draw
    if across:
        facing = turn(draw.sign() * _QUARTER + draw.between(-0.2, 0.2))
    elif draw.chance(0.7):
        facing = turn((0.0 if draw.chance(0.5) else 3.1415926) + draw.between(-0.15, 0.05))
    else:
        facing = turn(draw.between(-3.1, 3.1))
    pose = scene.pose(s, z, facing)
    if not scene.claim(pose.x, pose.z, 0.4):
        return
    walking = across or (draw.chance(0.6) and not hidden)
    dark = scene.light.name == "dark night" or draw.chance(0.4)
    person = random_person(draw.child("person", len(scene.people)), pose, walking, hidden, dark)
    scene.people.append(person)
    if hidden:
        bush = Plant(
            "bush",
            pose.x + draw.between(-0.7, 0.7),
            pose.z + 1.0,
            draw.between(1.3, 2.3),
            draw.whole(0, 1 << 20),
            False,
        )
        scene.plants.append(bush)


def add_plant(scene: Scene, kind: str, s: float, z: float) -> None:
    """A tree or bush at a place of the road, unless something stands there."""
    draw = scene.draw
    x, ahead, _ = scene.road.place(s, z)
    height = {"broad": draw.between(5.0, 10.5), "conifer": draw.between(6.0, 12.0), "bush": draw.between(1.0, 2.2)}[
        kind
    ]
    if scene.claim(x, ahead, 0.8):
        scene.plants.append(Plant(kind, x, ahead, height, draw.whole(0, 1 << 20), scene.autumn))


def add_lamps(scene: Scene, s: float, spacing: float) -> None:
    """Lamp posts along both edges, in turn; lit in the dark, if not in a dark night."""
    draw = scene.draw
    on = scene.light.name in ("lit night", "dusk") or (scene.light.name == "dark night" and draw.chance(0.7))
    colour = draw.pick(((1.0, 0.62, 0.22), (1.0, 0.80, 0.52), (0.85, 0.93, 1.0)))
    power = draw.between(0.8, 1.3) if on else 0.0
    height = draw.between(3.5, 4.5) if scene.kind == "park" else draw.between(5.5, 8.0)
    side = draw.sign()
    first = draw.between(7.0, 14.0)
    for step in range(5):
        side = -side
        if scene.light.name == "dark night" and step > 0:
            power = 0.0
        x, z, _ = scene.road.place(side * s, first + step * spacing)
        if scene.claim(x, z, 0.2):
            arm = 0.0 if scene.kind == "park" else -side * 1.3
            scene.lamps.append(Lamp(x, z, height, arm, (colour[0] * power, colour[1] * power, colour[2] * power)))


def add_sign(scene: Scene, beside: float) -> None:
    """A sign ``beside`` metres from the edge of what is paved, facing the traffic."""
    draw, road = scene.draw, scene.road
    side = 1 if draw.chance(0.75) else -1
    pose = scene.pose(side * (road.half + beside), draw.between(8.0, 22.0), turn(draw.between(-0.15, 0.15)))
    sign = random_sign(draw.child("sign", len(scene.signs)), pose)
    if sign.kind in ("guide", "board"):
        z = draw.between(13.0, 28.0)
        sign = replace(
            sign, pose=scene.pose(side * (road.half + road.pavement + 2.2), z, turn(draw.between(-0.1, 0.1)))
        )
    if scene.claim(sign.pose.x, sign.pose.z, 0.5):
        scene.signs.append(sign)


def houses(scene: Scene, side: int, line: float, reach: tuple[float, float], town: bool) -> None:
    """A row of buildings on one side, fronts ``line`` metres from the road's middle, from one distance to another."""
    draw = scene.draw
    cold = scene.light.air < 15.0
    z = reach[0]
    while z < reach[1]:
        building = random_building(
            draw.child("building", len(scene.buildings)), scene.pose(0.0, 0.0), town, scene.light.dark, cold
        )
        middle = z + 0.5 * building.width
        z += building.width + (0.0 if town and draw.chance(0.75) else draw.between(2.0, 9.0))
        if z > reach[1]:
            return
        pose = scene.pose(side * (line + 0.5 * building.depth), middle, turn(side * _QUARTER))
        scene.buildings.append(replace(building, pose=pose))
        for k in (-0.35, 0.0, 0.35):
            scene.taken.append((pose.x, pose.z + k * building.width, 0.5 * building.depth))


def woods(scene: Scene, s: float, height: float) -> None:
    """The edge of a wood along the road, two sheets deep, following its bend."""
    draw = scene.draw
    for deep in (0.0, 3.5):
        surface = draw.pick((LEAVES, NEEDLES, LEAVES))
        for step in range(5):
            z0 = -2.0 + step * 18.0
            away = s + (deep if s > 0 else -deep)
            x0, a0, _ = scene.road.place(away, z0)
            x1, a1, _ = scene.road.place(away, z0 + 18.0)
            dx, dz = x1 - x0, a1 - a0
            length = max(abs(dx), abs(dz))
            length = 0.5 * (length + (dx * dx + dz * dz) / length)  # one step of Heron's square root from above
            sheet = Sheet(x0, a0, (dx / length, dz / length), length + 0.3)
            outline = treetops(height * (1.0 + 0.05 * deep), 0.45, draw.whole(1, 99))
            scene.curtains.append(Curtain(sheet, outline, surface, 1.2, BARK if deep else None))
