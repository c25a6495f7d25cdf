"""The contact sheet: what is on it is what the methods make."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from hifbench.bench.montage import Tile, montage


def _grey(value: int, height: int = 8, width: int = 10) -> torch.Tensor:
    return torch.full((1, height, width), value, dtype=torch.uint8)


def test_every_tile_is_on_the_sheet_at_its_own_place() -> None:
    blocks = [[Tile(f"t{value}", _grey(value)) for value in (11, 22, 33)], [Tile("u", _grey(44))]]
    sheet = montage(blocks, columns=2, width=20).numpy()
    places = {}
    for value in (11, 22, 33, 44):
        rows, columns = np.nonzero((sheet == value).all(0))
        assert len(rows) >= 16 * 20  # scaled from 10x8 to 20x16; the letters may hold the value too
        places[value] = (np.median(rows), np.median(columns))
    assert places[11][0] == places[22][0] < places[33][0] < places[44][0]
    assert places[11][1] == places[33][1] == places[44][1] < places[22][1]


def test_tiles_of_unequal_height_do_not_overlap() -> None:
    sheet = montage([[Tile("a", _grey(60, 30, 10)), Tile("b", _grey(70, 5, 10))], [Tile("c", _grey(80, 5, 10))]], 2, 10)
    tall, below = (np.nonzero((sheet.numpy() == value).all(0).sum(1) >= 10)[0] for value in (60, 80))
    assert len(tall) == 30
    assert len(below) == 5
    assert tall.max() < below.min()


def test_colour_stays_and_a_fault_is_written() -> None:
    colour = torch.tensor([200, 100, 50], dtype=torch.uint8)[:, None, None].expand(3, 12, 12)
    drawn = montage([[Tile("a long title that is cut", colour), Tile("b", None, "no weights of it")]], 6, 12).numpy()
    assert (drawn.reshape(3, -1).T == [200, 100, 50]).all(1).sum() == 144
    plain = montage([[Tile("a long title that is cut", colour), Tile("b", None, "")]], 6, 12).numpy()
    assert not np.array_equal(drawn, plain)


def test_sheet_of_pairs(hifbench, pairs_folder: Path) -> None:
    done = hifbench(
        "show", "p1", "p3", "--dataset", "folder", "--data", pairs_folder, "--methods", "average,maximum,visible",
        "--width", 64, "--inset", "none", "--out", "sheets/s.png",
    )  # fmt: skip
    assert done.status == 0, done.err
    assert "2 pairs under 2 methods" in done.err
    sheet = np.asarray(Image.open("sheets/s.png"))
    for index in (1, 3):
        ir, vis = (np.asarray(Image.open(pairs_folder / side / f"p{index}.png")) for side in ("ir", "vis"))
        for wanted in (ir, vis, np.maximum(ir, vis)):
            assert _is_in(sheet[..., 0], wanted)


def test_one_pair_and_one_method_that_fail_are_seen(hifbench, nothing_shipped, pairs_folder: Path) -> None:
    (pairs_folder / "ir" / "p2.png").write_bytes(b"no picture")
    done = hifbench(
        "show", "p1", "p2", "--dataset", "folder", "--data", pairs_folder, "--methods", "maximum,auif", "--out", "s.png"
    )
    assert done.status == 1
    assert "failed: p2" in done.err
    assert "failed: auif: no weights of auif" in done.err
    assert Path("s.png").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["test-0", "--dataset", "synthetic", "--out", "s.png"], "did you mean 'test-"),
        (["test-00", "--dataset", "synthetic", "--out", "s.jpg"], "as .png"),
        (["test-00", "--dataset", "synthetic", "--methods", "averag", "--out", "s.png"], "did you mean average"),
        (["test-00", "--dataset", "synthetic", "--methods", "average", "--device", "tpu", "--out", "s.png"], "tpu"),
    ],
)
def test_wrong_calls(hifbench, arguments: list[str], message: str) -> None:
    done = hifbench("show", *arguments)
    assert done.status == 2
    assert message in done.err
    assert done.err.strip().count("\n") == 0, done.err


def _is_in(sheet: np.ndarray, picture: np.ndarray) -> bool:
    """Whether a picture is somewhere on the sheet, unscaled."""
    height, width = picture.shape
    windows = np.lib.stride_tricks.sliding_window_view(sheet, (height, 8))
    rows, columns = np.nonzero((windows == picture[:, :8]).all((2, 3)))
    return any(
        np.array_equal(sheet[row : row + height, column : column + width], picture)
        for row, column in zip(rows, columns, strict=True)
    )
