"""Small images in the layout of a data set, for the tests of its adapter."""

from __future__ import annotations

from pathlib import Path

from PIL import Image


def put(root: Path, *names: str, mode: str = "L", size: tuple[int, int] = (64, 48), level: int = 0) -> None:
    """Write an image of one level for each path below ``root``."""
    for number, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shade = level + number
        Image.new(mode, size, shade if mode == "L" else (shade, 2 * shade % 256, 255 - shade)).save(path)


def voc(path: Path, *boxes: tuple[str, float, float, float, float]) -> None:
    """Write boxes as VOC XML."""
    path.parent.mkdir(parents=True, exist_ok=True)
    objects = "".join(
        f"<object><name>{name}</name><bndbox><xmin>{x0}</xmin><ymin>{y0}</ymin><xmax>{x1}</xmax><ymax>{y1}</ymax>"
        f"</bndbox></object>"
        for name, x0, y0, x1, y1 in boxes
    )
    path.write_text(f"<annotation>{objects}</annotation>")
