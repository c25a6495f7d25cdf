from __future__ import annotations

import threading
from pathlib import Path

import pandas as pd
import pytest

from hifbench.bench import scoring
from hifbench.metrics import _compute
from hifbench.metrics._compute import select


def folders(root: Path) -> tuple[Path, Path, Path]:
    return root / "ir", root / "vis", root / "vis"


def test_no_more_than_the_next_triples_are_read_ahead(pairs_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    read = scoring._read

    def note(key, files):
        begun.append(key)
        assert threading.current_thread() is not threading.main_thread()
        return read(key, files)

    monkeypatch.setattr(scoring, "_read", note)
    done: list[int] = []
    triples = scoring.match_triples(*folders(pairs_folder))
    scoring.score_triples(triples, select(["EN"]), lambda: done.append(len(begun)))
    assert begun == list(triples)
    assert all(ahead <= finished + 1 + scoring._AHEAD for finished, ahead in enumerate(done, 1))


def test_large_pictures_give_the_values_of_small_ones(pairs_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What large pictures forget between metrics is computed again, not lost."""
    triples = scoring.match_triples(*folders(pairs_folder))
    columns = select(["SSIM", "VIF", "VIFF", "QP", "SSIM@sum"])
    kept = scoring.score_triples(triples, columns, lambda: None)
    monkeypatch.setattr(_compute, "LARGE", 0)
    pd.testing.assert_frame_equal(scoring.score_triples(triples, columns, lambda: None), kept, check_exact=True)
