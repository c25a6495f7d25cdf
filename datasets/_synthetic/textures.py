"""Tileable grey textures of several octaves, with a pyramid against aliasing; made once per process."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from .noise import Floats, Ints, hash_at, unit

SIZE = 512
_LEVELS = 8


def sample(name: str, u: Floats, v: Floats, footprint: Floats | float, texel: float) -> Floats:
    """Look a texture up, each point in the pyramid's level that fits the size of its pixel.

    Args:
        name: key of the texture.
        u: first surface coordinate in metres.
        v: second surface coordinate in metres.
        footprint: size of a pixel on the surface in metres.
        texel: size of a texel in metres; the pattern repeats after ``SIZE`` texels.

    Returns:
        Values in [0, 1], same shape as ``u``.
    """
    level = np.clip(np.frexp(np.asarray(footprint, np.float32) * (1.0 / texel))[1], 0, _LEVELS - 1)
    level = level.astype(np.int32)
    column = (np.floor(u * (1.0 / texel)).astype(np.int32) & (SIZE - 1)) >> level
    row = (np.floor(v * (1.0 / texel)).astype(np.int32) & (SIZE - 1)) >> level
    starts, flat = _pyramid(name)
    index = starts[level] + row * (SIZE >> level) + column
    out: Floats = flat[index]
    return out


@cache
def _pyramid(name: str) -> tuple[Ints, Floats]:
    tile = _MAKERS[name]()
    levels, starts, total = [], [], 0
    for _ in range(_LEVELS):
        starts.append(total)
        total += tile.size
        levels.append(tile.ravel())
        tile = ((tile[::2, ::2] + tile[1::2, ::2]) + (tile[::2, 1::2] + tile[1::2, 1::2])) * 0.25
    return np.array(starts, np.int32), np.concatenate(levels)


def _stretch(tile: Floats) -> Floats:
    low, high = tile.min(), tile.max()
    out: Floats = (tile - low) / (high - low)
    return out


def _octaves(columns: int, rows: int, count: int, persistence: float, seed: int) -> Floats:
    """Periodic value noise: ``columns`` by ``rows`` cells in the first octave, twice as many in each next one."""
    total = np.zeros((SIZE, SIZE), np.float32)
    amplitude = 1.0
    for octave in range(count):
        across, down = min(columns << octave, SIZE), min(rows << octave, SIZE)
        grid = unit(
            hash_at(np.arange(across, dtype=np.int32)[None, :], np.arange(down, dtype=np.int32)[:, None], seed + octave)
        )
        left, right, x = _steps(across)
        top, bottom, y = _steps(down)
        lines = grid[:, left] * (1.0 - x) + grid[:, right] * x
        total += amplitude * (lines[top] * (1.0 - y[:, None]) + lines[bottom] * y[:, None])
        amplitude *= persistence
    return _stretch(total)


def _steps(cells: int) -> tuple[Ints, Ints, Floats]:
    position = np.arange(SIZE, dtype=np.int32) * cells
    first = position // SIZE
    fraction = (position % SIZE).astype(np.float32) * (1.0 / SIZE)
    return first, (first + 1) % cells, fraction * fraction * (3.0 - 2.0 * fraction)


def _spots(cells: int, seed: int) -> Floats:
    """One round spot of its own brightness in each of ``cells`` by ``cells`` squares, like leaves in the light."""
    position = np.arange(SIZE, dtype=np.int32)
    x, y = np.meshgrid(position, position)
    scale = cells / SIZE
    column, row = (x * cells) // SIZE, (y * cells) // SIZE
    fx = x.astype(np.float32) * scale - column
    fy = y.astype(np.float32) * scale - row
    best = np.full((SIZE, SIZE), 9.0, np.float32)
    value = np.zeros((SIZE, SIZE), np.float32)
    for i in (-1, 0, 1):
        for j in (-1, 0, 1):
            cx, cy = ((column + j) % cells).astype(np.int32), ((row + i) % cells).astype(np.int32)
            dx = fx - (j + unit(hash_at(cx, cy, seed)))
            dy = fy - (i + unit(hash_at(cx, cy, seed + 1)))
            distance = dx * dx + dy * dy
            nearer = distance < best
            best = np.where(nearer, distance, best)
            value = np.where(nearer, unit(hash_at(cx, cy, seed + 2)), value)
    return (0.35 + 0.65 * value) * (1.0 - np.minimum(best, 1.0))


def _leaves() -> Floats:
    clumps = _octaves(8, 8, 4, 0.6, 41)
    return _stretch((0.25 + clumps) * (0.4 * _spots(48, 43) + 0.6 * _spots(112, 47)) + 0.3 * clumps)


def _bricks() -> Floats:
    position = np.arange(SIZE, dtype=np.int32)
    x, y = np.meshgrid(position, position)
    course = y // 8
    shifted = (x + 16 * (course % 2)) % SIZE
    tone = unit(hash_at(shifted // 32, course, 53))
    joint = (y % 8 == 0) | (shifted % 32 < 1)
    return _stretch(np.where(joint, 1.15, 0.25 + 0.5 * tone) + 0.35 * _octaves(16, 16, 5, 0.8, 59))


def _shingles() -> Floats:
    position = np.arange(SIZE, dtype=np.int32)
    x, y = np.meshgrid(position, position)
    course = y // 16
    tone = unit(hash_at((x + 8 * (course % 2)) % SIZE // 16, course, 61))
    edge = (y % 16).astype(np.float32) * (1.0 / 16.0)
    return _stretch(0.5 * tone + 0.7 * edge + 0.4 * _octaves(8, 8, 6, 0.75, 67))


def _slabs() -> Floats:
    position = np.arange(SIZE, dtype=np.int32)
    x, y = np.meshgrid(position, position)
    tone = unit(hash_at(x // 32, y // 32, 71))
    joint = (x % 32 < 1) | (y % 32 < 1)
    return _stretch(np.where(joint, 0.1, 0.55 + 0.25 * tone) + 0.5 * _octaves(8, 8, 7, 0.8, 73))


def _specks() -> Floats:
    speck = unit(hash_at(*np.meshgrid(np.arange(SIZE, dtype=np.int32), np.arange(SIZE, dtype=np.int32)), 79))
    return _stretch(_octaves(4, 4, 7, 0.78, 83) + 0.6 * speck * speck)


_MAKERS: dict[str, Callable[[], Floats]] = {
    "asphalt": _specks,
    "smooth": lambda: _octaves(4, 4, 4, 0.55, 89),
    "plaster": lambda: _octaves(4, 4, 7, 0.62, 97),
    "grass": lambda: _octaves(8, 8, 6, 0.9, 101),
    "furrows": lambda: _octaves(64, 4, 4, 0.8, 103),
    "bark": lambda: _octaves(32, 6, 4, 0.75, 107),
    "cloth": lambda: _octaves(12, 5, 5, 0.6, 109),
    "leaves": _leaves,
    "bricks": _bricks,
    "shingles": _shingles,
    "slabs": _slabs,
}
