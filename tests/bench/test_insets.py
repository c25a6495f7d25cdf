from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from hifbench.bench.insets import Window, most_different, with_insets
from hifbench.errors import UsageError


def test_windows_as_typed() -> None:
    assert Window.parse(" 40,60,96x72") == (40, 60, 96, 72)
    for text in ("", "1,2,3", "1,2,0x4", "1,2,3x4x5", "-1,2,3x4", "١,2,3x4"):
        with pytest.raises(UsageError, match="left, top, width and height"):
            Window.parse(text)
    assert Window(2, 3, 8, 7).fits(10, 10)
    assert not Window(3, 3, 8, 7).fits(10, 10)
    assert not Window(2, 4, 8, 7).fits(10, 10)


def test_the_window_is_where_pictures_differ() -> None:
    first = torch.randint(0, 256, (1, 50, 80), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    second = first.clone()
    second[:, 30:40, 16:32] = 255 - second[:, 30:40, 16:32]
    assert most_different([first, second]) == (16, 30, 16, 10)
    assert most_different([first, second.expand(3, -1, -1)]) == (16, 30, 16, 10)
    assert most_different([torch.zeros(1, 2, 3)]) == (0, 0, 1, 1)


def test_what_is_in_the_windows_stands_below_enlarged() -> None:
    levels = torch.zeros(1, 40, 60, dtype=torch.uint8)
    levels[:, 5:15, 10:25], levels[:, 20:30, 40:55] = 100, 200
    sheet = with_insets(levels, [Window(10, 5, 15, 10), Window(40, 20, 15, 10)]).numpy()
    assert sheet.shape == (3, 60, 60)  # two insets of 30 x 20 below
    assert (sheet[:, 42:58, 2:28] == 100).all()
    assert (sheet[:, 42:58, 32:58] == 200).all()
    marked = (sheet[:, :40] != levels.numpy()).any(0)
    assert marked.sum() == 2 * (2 * 15 + 2 * 8)  # the two frames alone
    assert marked[5, 10:25].all()
    assert marked[20:30, 54].all()


def test_a_sheet_with_insets(hifbench, pairs_folder) -> None:
    call = ("show", "p1", "--dataset", "folder", "--data", pairs_folder, "--methods", "average", "--out", "s.png")
    height, width = np.asarray(Image.open(pairs_folder / "ir" / "p1.png")).shape
    sizes = {}
    for insets in ((), ("--inset", "none"), ("--inset", f"0,0,{width}x{height}", "--inset", f"0,0,{width}x{height}")):
        done = hifbench(*call, *insets)
        assert done.status == 0, done.err
        sizes[len(insets)] = len(np.asarray(Image.open("s.png")))
    assert sizes[2] < sizes[4]
    assert sizes[2] < sizes[0]
    done = hifbench(*call, "--inset", f"1,0,{width}x{height}")
    assert done.status == 2
    assert f"is not within p1, which is {width}x{height}" in done.err
