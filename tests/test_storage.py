from __future__ import annotations

import pytest

from hifbench.storage import stays_below


@pytest.mark.parametrize("path", ["a.png", "scores/tno/a.parquet", "Triclobs/Marne_24", "..a/b..", "a b"])
def test_paths_below(path: str) -> None:
    assert stays_below(path)


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../a", "a/../../b", "..", "..\\a", "C:\\a", "c:/a", "\\a"])
def test_paths_that_leave(path: str) -> None:
    assert not stays_below(path)
