"""Where the road runs and where the camera stands in a kind of scene."""

from __future__ import annotations

from .camera import Camera, turn
from .noise import Draw
from .road import Road
from .surface import ASPHALT, CONCRETE, EARTH, FOREST_FLOOR, GRASS, GRAVEL, MEADOW, SLABS, WHEAT

_TOPS = (ASPHALT, ASPHALT.painted((0.075, 0.075, 0.08)), ASPHALT.painted((0.14, 0.135, 0.13)))
_HALVES = {
    "town": (4.0, 5.5),
    "rural": (3.0, 3.7),
    "junction": (3.6, 4.6),
    "forest": (2.7, 3.4),
    "suburb": (3.3, 4.6),
    "parking": (11.0, 14.0),
    "park": (1.2, 1.9),
}
_PAVEMENTS = {"town": (2.6, 3.8), "suburb": (1.4, 2.2), "junction": (1.6, 3.0), "parking": (1.2, 1.6)}
_FIELDS = {
    "town": (SLABS,),
    "rural": (MEADOW, WHEAT, EARTH, MEADOW),
    "junction": (GRASS,),
    "forest": (FOREST_FLOOR,),
    "suburb": (GRASS,),
    "parking": (GRASS,),
    "park": (MEADOW, GRASS),
}


def random_camera(draw: Draw, road: Road, kind: str, ego: bool) -> Camera:
    """A camera that rides in the right lane, or stands beside or above the road.

    Args:
        draw: its chance.
        road: the road.
        kind: kind of scene.
        ego: whether it rides in a car.
    """
    if ego:
        s = 0.5 * road.half
        height, pitch = draw.between(1.15, 1.75), draw.between(0.0, 0.06)
        yaw = draw.between(-0.05, 0.05) + 6.0 * road.bend
    elif kind == "park":
        s, height = draw.between(-1.0, 1.0), draw.between(1.6, 2.2)
        pitch, yaw = draw.between(0.02, 0.08), draw.between(-0.12, 0.12)
    else:
        s = draw.between(-1.1, 1.1) * road.half
        height = draw.between(2.8, 5.5)
        pitch = 0.035 * height + draw.between(0.0, 0.05)
        yaw = -0.20 * s / road.half + draw.between(-0.08, 0.08)
    return Camera(s, height, turn(yaw), turn(pitch), draw.between(255.0, 420.0))


def random_road(draw: Draw, kind: str) -> Road:
    """A road, path or car park that fits a kind of scene."""
    built = kind in ("town", "suburb", "junction")
    half = draw.between(*_HALVES[kind])
    crossing = draw.between(17.0, 30.0) if kind == "junction" else None
    zebras: tuple[float, ...] = ()
    if crossing is not None and draw.chance(0.6):
        zebras = (crossing - 7.0, crossing + 7.5)
    elif built and crossing is None and draw.chance(0.55):
        zebras = (draw.between(9.0, 26.0),)
    patches = []
    for _ in range(0 if kind == "park" else draw.whole(0, 4)):
        s, z = draw.between(-half, half - 0.6), draw.between(3.0, 35.0)
        patches.append((s, s + draw.between(0.6, 1.8), z, z + draw.between(1.0, 7.0)))
    covers = [
        (draw.between(-0.8, 0.8) * half, draw.between(6.0, 30.0)) for _ in range(draw.whole(0, 3) if built else 0)
    ]
    ghosts = [(draw.sign() * (half - 1.1), draw.between(9.0, 28.0))] if built and draw.chance(0.4) else []
    verge = {"town": SLABS, "forest": draw.pick((FOREST_FLOOR, GRASS))}.get(kind, GRASS)
    return Road(
        bend=0.0 if kind in ("town", "junction", "parking") else draw.between(-0.010, 0.010),
        half=half,
        pavement=draw.between(*_PAVEMENTS[kind]) if kind in _PAVEMENTS else 0.0,
        top=GRAVEL if kind == "park" and draw.chance(0.6) else draw.pick(_TOPS),
        beside=draw.pick((SLABS, CONCRETE)),
        verge=verge,
        field=draw.pick(_FIELDS[kind]),
        verge_width=half + draw.between(2.0, 5.0),
        edge_lines=kind in ("rural", "forest") and draw.chance(0.85),
        middle="none" if kind in ("parking", "park") else draw.pick(("dashed", "dashed", "solid")),
        crossing=crossing,
        crossing_half=draw.between(3.0, 4.0),
        zebras=zebras,
        bays=5.0 if kind == "parking" else 2.1 if kind == "town" and half > 4.7 else 0.0,
        patches=tuple(patches),
        covers=tuple(covers),
        ghosts=tuple(ghosts),
        driven=0.0 if kind in ("parking", "park") else draw.between(0.5, 1.6),
        seed=draw.whole(0, 400),
    )
