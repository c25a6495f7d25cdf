"""Shadows of the sun, and the dark where things touch the ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .camera import Turn, Vector
from .noise import Floats, Ints
from .scene import Scene
from .textures import sample


@dataclass(frozen=True)
class Ball:
    """A round thing that casts a frayed shadow; ``squash`` is its height over its width."""

    centre: Vector
    radius: float
    squash: float


@dataclass(frozen=True)
class Block:
    """A box that casts a hard shadow, or a round one that casts a soft one.

    Attributes:
        place: middle of its foot.
        yaw: its turn.
        half: half its width (x), its height (y) and half its length (z).
        thing: number of the object that it stands for and does not shade; 0 for none.
    """

    place: Vector
    yaw: Turn
    half: Vector
    thing: int


def sun_shadow(scene: Scene, sun: Vector, x: Floats, y: Floats, z: Floats, thing: Ints) -> Floats:
    """Share of the sun that is hidden at each point.

    Args:
        scene: what stands in the way.
        sun: unit vector towards it.
        x: metres right.
        y: metres above ground.
        z: metres forward.
        thing: number of the object that each point belongs to.

    Returns:
        0 in the sun to 1 in the shade.
    """
    shade = np.zeros(x.shape, np.float32)
    for ball in _balls(scene):
        _shade_ball(shade, ball, sun, x, y, z)
    for block in _blocks(scene):
        _shade_block(shade, block, sun, x, y, z, thing)
    return shade


def contact(scene: Scene, x: Floats, y: Floats, z: Floats, thing: Ints) -> Floats:
    """Share of the sky that is hidden near the feet of things; 0 to 1, on low points only."""
    dark = np.zeros(x.shape, np.float32)
    for block in _blocks(scene):
        wide = block.half[0] > 0.5
        reach = block.half[2] + 1.5
        px, pz = x - block.place[0], z - block.place[2]
        near = np.flatnonzero((px * px + pz * pz < reach * reach) & (y < 0.3) & (thing != block.thing))
        if not near.size:
            continue
        px, pz = px[near], pz[near]
        c, s = block.yaw
        lx, lz = np.abs(c * px - s * pz), np.abs(s * px + c * pz)
        ox, oz = np.maximum(lx - block.half[0] + 0.15, 0.0), np.maximum(lz - block.half[2] + 0.15, 0.0)
        apart = (ox * ox + oz * oz) * (1.0 / 0.3 if wide else 1.0 / 0.06)
        dark[near] = np.maximum(dark[near], (0.85 if wide else 0.5) / (1.0 + apart) / (1.0 + apart))
    return dark


def _balls(scene: Scene) -> list[Ball]:
    return [Ball((plant.x, plant.crown[0], plant.z), plant.crown[1], plant.crown[2]) for plant in scene.plants]


def _blocks(scene: Scene) -> list[Block]:
    blocks = []
    for number, person in enumerate(scene.people, 1):
        size = person.height
        half = (0.11 * size * person.girth, 0.97 * size, 0.07 * size + 0.5 * abs(person.stride))
        blocks.append(Block((person.pose.x, 0.0, person.pose.z), person.pose.yaw, half, number))
    for number, car in enumerate(scene.cars, 1 + len(scene.people)):
        place, yaw, build = (car.pose.x, 0.0, car.pose.z), car.pose.yaw, car.build
        blocks.append(Block(place, yaw, (0.5 * build.width - 0.05, build.belt, 0.5 * build.length - 0.1), number))
        middle = car.pose.world(0.0, 0.0, 0.25 * (build.screen[0] + build.screen[1] + build.rear[0] + build.rear[1]))
        cabin = 0.25 * (build.screen[0] + build.screen[1] - build.rear[0] - build.rear[1])
        blocks.append(Block(middle, yaw, (0.5 * build.width - 0.2, build.roof - 0.05, cabin), number))
    for building in scene.buildings:
        place = (building.pose.x, 0.0, building.pose.z)
        half = (0.5 * building.width, building.eaves + 0.45 * building.gable, 0.5 * building.depth)
        blocks.append(Block(place, building.pose.yaw, half, 0))
    for lamp in scene.lamps:
        blocks.append(Block((lamp.x, 0.0, lamp.z), (1.0, 0.0), (0.06, lamp.height, 0.06), 0))
    for plant in scene.plants:
        if plant.kind != "bush":
            thick = 0.02 * plant.height + 0.03
            blocks.append(Block((plant.x, 0.0, plant.z), (1.0, 0.0), (thick, 0.6 * plant.height, thick), 0))
    for sign in scene.signs:
        half_width = 1.4 if sign.kind in ("guide", "board") else 0.05
        blocks.append(Block((sign.pose.x, 0.0, sign.pose.z), sign.pose.yaw, (half_width, 2.7, 0.04), 0))
    return blocks


def _shade_ball(shade: Floats, ball: Ball, sun: Vector, x: Floats, y: Floats, z: Floats) -> None:
    # In axes stretched by 1 / squash along y the ball is round.
    px, py, pz = ball.centre[0] - x, (ball.centre[1] - y) * (1.0 / ball.squash), ball.centre[2] - z
    sx, sy, sz = sun[0], sun[1] / ball.squash, sun[2]
    along = (px * sx + py * sy + pz * sz) * (1.0 / (sx * sx + sy * sy + sz * sz))
    ex, ey, ez = px - along * sx, py - along * sy, pz - along * sz
    apart = (ex * ex + ey * ey + ez * ez) * (1.0 / (ball.radius * ball.radius))
    hit = np.flatnonzero((apart < 1.3) & (along > 0.6 * ball.radius))
    if not hit.size:
        return
    leaf = sample("leaves", x[hit] + z[hit], z[hit] + 2.0 * y[hit], 0.03, 0.05)
    clump = sample("smooth", x[hit], z[hit] + y[hit], 0.03, 0.05)
    dense = np.clip((1.05 - apart[hit] - 0.8 * (clump - 0.4)) * 3.0, 0.0, 1.0) * (1.0 - 0.5 * leaf)
    shade[hit] = np.maximum(shade[hit], dense)


def _shade_block(shade: Floats, block: Block, sun: Vector, x: Floats, y: Floats, z: Floats, thing: Ints) -> None:
    px, pz = x - block.place[0], z - block.place[2]
    reach = block.half[0] + block.half[2] + block.half[1] * (abs(sun[0]) + abs(sun[2])) / sun[1]
    near = np.flatnonzero(px * px + pz * pz < reach * reach)
    if not near.size:
        return
    px, pz, py = px[near], pz[near], y[near]
    c, s = block.yaw
    lx, lz = c * px - s * pz, s * px + c * pz
    dx, dz = c * sun[0] - s * sun[2], s * sun[0] + c * sun[2]
    enter = np.full(lx.shape, 0.02, np.float32)
    leave = (block.half[1] - py) * (1.0 / sun[1])
    for place, step, half in ((lx, dx, block.half[0]), (lz, dz, block.half[2])):
        step = step if abs(step) > 1e-4 else 1e-4
        first, second = (-half - place) * (1.0 / step), (half - place) * (1.0 / step)
        enter = np.maximum(enter, np.minimum(first, second))
        leave = np.minimum(leave, np.maximum(first, second))
    # A margin keeps a wall from shading itself where rounding puts its points inside.
    hit = near[(leave > enter + 0.05) & ((thing[near] != block.thing) | (block.thing == 0))]
    shade[hit] = 1.0
