"""From a name to pictures: lay a scene out, draw it once, look at it with two cameras."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .._pair import Box
from .boxes import find_boxes
from .buildings import draw_building
from .camera import Camera
from .cars import draw_car
from .curtain import draw_curtain
from .frame import Frame
from .furniture import draw_bench, draw_bin, draw_bollard, draw_lamp, draw_sign
from .infrared import infrared_image
from .layouts import KINDS, lay_out
from .light import LIGHTS
from .noise import Draw, Floats
from .people import draw_person
from .plants import draw_plant
from .points import gather
from .road import draw_ground
from .scene import Scene
from .surface import Palette
from .visible import visible_image

VERSION = 1  # raise with every change that moves a pixel
_NAME = "hifbench synthetic"


@dataclass(frozen=True)
class Rendering:
    """A finished scene.

    Attributes:
        ir: (HEIGHT, WIDTH).
        vis: (HEIGHT, WIDTH, 3), red, green, blue.
        depth: (HEIGHT, WIDTH), metres along the optical axis.
        boxes: persons and cars.
        camera: the camera, for whoever wants the geometry.
        kind: kind of scene.
        light: kind of light.
    """

    ir: NDArray[np.uint8]
    vis: NDArray[np.uint8]
    depth: Floats
    boxes: tuple[Box, ...]
    camera: Camera
    kind: str
    light: str


def scene_at(split: str, index: int) -> Scene:
    """The scene with a number; kinds of scene and of light take turns, so that every few scenes show all."""
    return lay_out(Draw(_NAME, split, index), KINDS[index % len(KINDS)], LIGHTS[index % len(LIGHTS)])


def render(split: str, index: int) -> Rendering:
    """Draw the scene with a number.

    Args:
        split: name of the split, part of the seed.
        index: number of the scene in it.
    """
    scene = scene_at(split, index)
    frame, labels = draw_scene(scene)
    points = gather(scene, frame)
    seed = Draw(_NAME, split, index, "noise").whole(0, 1 << 28)
    return Rendering(
        infrared_image(scene, frame, points, seed),
        visible_image(scene, frame, points, seed),
        _pixel_depth(frame.depth),
        find_boxes(frame, labels),
        scene.camera,
        scene.kind,
        scene.light.name,
    )


def draw_scene(scene: Scene) -> tuple[Frame, dict[int, str]]:
    """Draw a scene's geometry.

    Returns:
        What every sample shows; and the class of each annotated object by its number.
    """
    frame = Frame(scene.camera, Palette())
    number = frame.palette.number
    labels: dict[int, str] = {}
    for thing, person in enumerate(scene.people, 1):
        draw_person(frame, person, thing, scene.light.air)
        labels[thing] = "person"
    for thing, car in enumerate(scene.cars, 1 + len(scene.people)):
        draw_car(frame, car, thing)
        labels[thing] = "car"
    for plant in scene.plants:
        draw_plant(frame, plant)
    for building in scene.buildings:
        draw_building(frame, building)
    for lamp in scene.lamps:
        draw_lamp(frame, lamp)
    for sign in scene.signs:
        draw_sign(frame, sign)
    for x, z in scene.bollards:
        draw_bollard(frame, x, z)
    for pose in scene.benches:
        draw_bench(frame, pose)
    for pose, colour in scene.bins:
        draw_bin(frame, pose, colour)
    draw_ground(frame, scene.road)
    for curtain in scene.curtains:
        foot = None if curtain.foot is None else number(curtain.foot)
        draw_curtain(frame, curtain.sheet, curtain.outline, number(curtain.surface), curtain.lean, foot)
    return frame, labels


def _pixel_depth(samples: Floats) -> Floats:
    """Depth of each pixel from its four samples.

    On a flat surface 1 / depth is linear in the image, so the mean of 1 / depth is the surface's depth at the pixel's
    middle. Across an edge that mean lies on neither surface, and the nearest sample is taken instead.
    """
    a, b, c, d = samples[::2, ::2], samples[::2, 1::2], samples[1::2, ::2], samples[1::2, 1::2]
    near = np.minimum(np.minimum(a, b), np.minimum(c, d))
    far = np.maximum(np.maximum(a, b), np.maximum(c, d))
    mean = 4.0 / ((1.0 / a + 1.0 / b) + (1.0 / c + 1.0 / d))
    return np.where(far < 1.2 * near, mean, near)
