"""The visible camera: light on surfaces, glare, exposure and noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .camera import HEIGHT, SUB, WIDTH, Camera, Turn, Vector
from .frame import SKY, Frame
from .light import Light, cloud_share, sky_colour
from .noise import Floats, bell
from .optics import shrink, soften
from .points import Points
from .scene import Scene
from .surface import Colour
from .textures import sample

_PAINT = (0.62, 0.61, 0.57)


def visible_image(scene: Scene, frame: Frame, points: Points, seed: int) -> NDArray[np.uint8]:
    """The colour picture.

    Args:
        scene: what is shown.
        frame: what each sample shows.
        points: the samples that show no sky, with their shadows.
        seed: of the sensor's noise.

    Returns:
        (HEIGHT, WIDTH, 3), red, green, blue.
    """
    light, palette = scene.light, frame.palette
    mottled = _texture(frame, points)
    lit = _lamplight(scene, points)
    far = np.clip(points.depth * (1.0 / 6000.0), 0.0, 0.16)
    paint = points.paint
    gloss = palette.column("gloss", points.surface)
    glossy = np.flatnonzero(gloss > 0.0)
    rise_mirrored, grazing = _mirror(points, frame.camera, glossy)
    gloss = 0.9 * gloss[glossy] * (0.35 + 1.6 * grazing * grazing)
    sky_index = np.flatnonzero(frame.surface == SKY)
    rx, ry, rz = (axis.ravel()[sky_index] for axis in frame.camera.rays)
    rise = ry / np.sqrt(rx * rx + ry * ry + rz * rz)
    cloud = cloud_share(light, rx, np.maximum(ry, 0.0), rz) if sky_index.size else rise
    opened = points.open * (0.62 + 0.38 * points.normal[1])
    sunlit = points.sunlit
    channels: list[Floats] = []
    glare = _glare(scene, frame)
    for channel in range(3):
        colour = palette.column("colour", points.surface, channel) * mottled
        colour = colour + paint * (_PAINT[channel] * (0.5 + 0.5 * mottled) - colour)
        bright = light.ambient[channel] * opened + light.sun_colour[channel] * sunlit
        for lamp_colour, strength in lit:
            bright = bright + lamp_colour[channel] * strength
        out = colour * bright
        out[glossy] += gloss * sky_colour(light, rise_mirrored, channel)
        glow = palette.column("glow", points.surface, channel)
        out += glow * (0.75 + 0.5 * (mottled - 1.0))
        out += far * (0.8 * light.horizon[channel] - out)
        whole = np.zeros(frame.depth.shape, np.float32)
        whole.ravel()[points.index] = out
        if sky_index.size:
            clear = sky_colour(light, rise, channel)
            white = 0.75 * light.horizon[channel] + 0.35 * light.ambient[channel] + 0.25 * light.sun_colour[channel]
            whole.ravel()[sky_index] = clear + cloud * (white * (1.05 - 0.35 * cloud) - clear)
        channels.append(shrink(whole) + glare[channel])
    return _develop(light, channels, seed)


def _texture(frame: Frame, points: Points) -> Floats:
    palette = frame.palette
    texel, contrast = palette.column("texel", points.surface), palette.column("contrast", points.surface)
    out = np.ones(points.depth.shape, np.float32)
    names = np.array([surface.texture for surface in palette.surfaces])
    for name in sorted(set(names.tolist())):
        at = np.flatnonzero((names == name)[points.surface])
        if not at.size:
            continue
        scale = 0.02 / texel[at]
        u, v, size = points.u[at] * scale, points.v[at] * scale, points.size[at] * scale
        fine = sample(name, u, v, size, 0.02) - 0.5
        broad = sample("smooth", u, v, size, 0.22) - 0.5
        out[at] = np.maximum(1.0 + contrast[at] * (1.5 * fine + 0.8 * broad), 0.08)
    return out


def _mirror(points: Points, camera: Camera, at: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Rise of the mirrored ray over the horizon, and how grazing the view is (0 to 1), of the points ``at``."""
    x, y, z = points.x[at] - camera.x, points.y[at] - camera.height, points.z[at]
    length = 1.0 / np.sqrt(x * x + y * y + z * z)
    nx, ny, nz = (axis[at] for axis in points.normal)
    facing = (x * nx + y * ny + z * nz) * length
    rise = y * length - 2.0 * facing * ny
    return np.maximum(rise - 0.05, 0.0), np.clip(1.0 + facing, 0.0, 1.0)


def _lamplight(scene: Scene, points: Points) -> list[tuple[Colour, Floats]]:
    """Colour and strength at each point of every lamp and head light that is on."""
    found: list[tuple[Colour, Floats]] = []
    for lamp in scene.lamps:
        if lamp.colour[0] > 0.0:
            found.append((lamp.colour, _street_lamp(points, lamp.head)))
    white = (1.0, 0.95, 0.84)
    if scene.ego and scene.light.dark:
        right = scene.camera.right
        strength = np.zeros_like(points.x)
        for side in (-0.6, 0.6):
            place = (scene.camera.x + side * right[0], 0.65, side * right[2])
            strength += _beam(points, place, scene.camera.yaw, 0.8)
        found.append((white, strength * points.retro))
    for car in scene.cars:
        if car.lights:
            place = car.pose.world(0.0, 0.66, 0.5 * car.build.length + 0.1)
            found.append((white, _beam(points, place, car.pose.yaw, 0.5)))
            tail = car.pose.world(0.0, 0.78, -0.5 * car.build.length - 0.3)
            found.append(((1.0, 0.05, 0.03), _red_pool(points, tail)))
    return found


def _street_lamp(points: Points, head: Vector) -> Floats:
    x, y, z = head[0] - points.x, head[1] - points.y, head[2] - points.z
    apart = x * x + y * y + z * z
    near = np.flatnonzero((apart < 900.0) & (y > 0.0))
    out = np.zeros_like(points.x)
    x, y, z, apart = x[near], y[near], z[near], apart[near]
    shorter = 1.0 / np.sqrt(apart + 0.05)
    nx, ny, nz = (axis[near] for axis in points.normal)
    facing = np.maximum(x * nx + y * ny + z * nz, 0.0) * shorter
    down = y * shorter
    fade = np.clip(1.0 - apart * (1.0 / 900.0), 0.0, 1.0)
    out[near] = 0.95 * down * (0.15 + 0.85 * facing) * fade * points.open[near] / (1.0 + apart * (1.0 / 42.0))
    return out


def _beam(points: Points, place: Vector, yaw: Turn, power: float) -> Floats:
    px, py, pz = points.x - place[0], points.y - place[1], points.z - place[2]
    along = yaw[1] * px + yaw[0] * pz
    out = np.zeros_like(px)
    near = np.flatnonzero((along > 0.3) & (along < 90.0))
    px, py, pz, along = px[near], py[near], pz[near], along[near]
    across = (yaw[0] * px - yaw[1] * pz) / along
    rise = py / along + 0.012
    high = np.maximum(rise, 0.0) * (1.0 / 0.035)
    wide = across * across * (1.0 / 0.10)
    low = np.maximum(-rise, 0.0) * (1.0 / 0.16)
    beam = (0.07 + 0.93 / (1.0 + high * high)) / ((1.0 + wide) * (1.0 + wide)) / (1.0 + low * low)
    shorter = 1.0 / np.sqrt(px * px + py * py + pz * pz)
    nx, ny, nz = (axis[near] for axis in points.normal)
    facing = np.maximum(-(px * nx + py * ny + pz * nz) * shorter, 0.0)
    out[near] = power * beam * (0.12 + 0.88 * facing) * (1.0 / (1.0 + along * along * (1.0 / 160.0)))
    return out


def _red_pool(points: Points, place: Vector) -> Floats:
    x, y, z = points.x - place[0], points.y - place[1], points.z - place[2]
    out: Floats = 0.03 / (1.0 + 1.2 * (x * x + y * y + z * z))
    return out


def _glare(scene: Scene, frame: Frame) -> list[Floats]:
    """Light that lamps scatter in the lens, three channels of (HEIGHT, WIDTH)."""
    glare = [np.zeros((HEIGHT, WIDTH), np.float32) for _ in range(3)]
    if not scene.light.dark:
        return glare
    for lamp in scene.lamps:
        if lamp.colour[0] > 0.0:
            _halo(glare, frame, lamp.head, lamp.colour, 0.22, 0.8)
    for car in scene.cars:
        if not car.lights:
            continue
        for lamps, sign, colour, power in (
            (car.lamps, 1.0, (1.0, 0.95, 0.85), 1.6),
            (car.tail_lamps, -1.0, (1.0, 0.06, 0.03), 0.16),
        ):
            for place in lamps:
                away = (frame.camera.x - place[0], frame.camera.height - place[1], -place[2])
                length2 = away[0] * away[0] + away[1] * away[1] + away[2] * away[2]
                ahead = sign * (away[0] * car.pose.yaw[1] + away[2] * car.pose.yaw[0])
                facing = ahead * abs(ahead) / length2
                if facing > 0.1:
                    _halo(glare, frame, place, colour, power * facing * facing, 1.0)
    return glare


def _halo(glare: list[Floats], frame: Frame, place: Vector, colour: Colour, power: float, slack: float) -> None:
    seen = frame.camera.project(place)
    if seen is None:
        return
    column, row, depth = seen[0] / SUB, seen[1] / SUB, seen[2]
    if not (0 <= column < WIDTH and 0 <= row < HEIGHT):
        return
    if float(frame.depth[int(seen[1]), int(seen[0])]) < depth - slack:
        return
    power = power / (1.0 + depth * depth * (1.0 / 700.0))
    x = np.arange(WIDTH, dtype=np.float32)[None, :] + 0.5 - column
    y = np.arange(HEIGHT, dtype=np.float32)[:, None] + 0.5 - row
    apart = x * x + y * y
    core = 1.0 / (1.0 + apart * (1.0 / 14.0))
    veil = 1.0 / (1.0 + apart * (1.0 / 500.0))
    streak = 1.0 / ((1.0 + x * x * (1.0 / 300.0)) * (1.0 + y * y * (1.0 / 0.8)))
    halo = power * (1.1 * core * core + 0.10 * veil * veil + 0.12 * streak)
    for channel in range(3):
        glare[channel] += colour[channel] * halo


def _develop(light: Light, channels: list[Floats], seed: int) -> NDArray[np.uint8]:
    x = (np.arange(WIDTH, dtype=np.float32) + 0.5) * (2.0 / WIDTH) - 1.0
    y = (np.arange(HEIGHT, dtype=np.float32) + 0.5) * (2.0 / HEIGHT) - 1.0
    corner = 1.0 - 0.11 * (x * x)[None, :] - 0.09 * (y * y)[:, None]
    shared = bell(HEIGHT, WIDTH, seed)
    out = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    for channel, image in enumerate(channels):
        exposed = np.maximum(soften(image, 0.06), 0.0) * corner * light.exposure
        noise = 0.55 * shared + 0.85 * soften(bell(HEIGHT, WIDTH, seed + 1 + channel), 0.12)
        # Shot noise grows with the root of the light; the rest is the sensor's own.
        exposed = exposed + light.grain * noise * (0.0006 + 0.0075 * np.sqrt(exposed))
        exposed = np.maximum(exposed, 0.0)
        toned = exposed * (1.0 + exposed * (1.0 / 9.0)) / (1.0 + exposed)
        out[:, :, channel] = (np.sqrt(np.minimum(toned, 1.0)) * 255.0 + 0.5).astype(np.uint8)
    return out
