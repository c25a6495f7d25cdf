"""Where depth comes from, and the guess for road scenes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from hifbench import datasets
from hifbench.datasets import _depth
from hifbench.datasets._depth import DepthMaps, OwnDepth, RoadPrior, choose
from hifbench.datasets._pair import Pair
from hifbench.datasets._road_prior import road_depth
from hifbench.datasets._source import BrokenPair
from hifbench.datasets.roadscene import DATASET as ROADSCENE
from hifbench.datasets.synthetic import DATASET as SYNTHETIC
from hifbench.errors import PairError, UsageError


def pair(depth: torch.Tensor | None = None) -> Pair:
    return Pair("a/1", torch.zeros(4, 6), torch.zeros(4, 6, 3), depth)


def write(path: Path, units: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(units).save(path)


def test_a_data_sets_own_depth_goes_first_then_maps_then_the_guess(tmp_path: Path) -> None:
    (tmp_path / "roadscene").mkdir()
    assert isinstance(choose(SYNTHETIC.card, "synthetic", str(tmp_path)), OwnDepth)
    assert isinstance(choose(ROADSCENE.card, "roadscene", str(tmp_path)), DepthMaps)
    assert isinstance(choose(ROADSCENE.card, "roadscene", ""), RoadPrior)
    with pytest.raises(UsageError, match=r"depth=.*: no folder .*mine; put the depth maps of 'mine' there, PAIR\.png"):
        choose(ROADSCENE.card, "mine", str(tmp_path))


def test_a_map_is_metres_times_256(tmp_path: Path) -> None:
    units = np.arange(1, 25, dtype=np.uint16).reshape(4, 6) * 2000
    write(tmp_path / "a" / "1.png", units)
    depth = DepthMaps(tmp_path).of(pair())
    assert depth.dtype == torch.float32
    assert np.array_equal(depth.numpy(), units / np.float32(256))


@pytest.mark.parametrize(
    ("units", "said"),
    [
        (None, r"no depth map .*1\.png; give a 16-bit grey PNG"),
        (np.ones((4, 5), np.uint16), r"is 5x4 .*, the image 6x4; give"),
        (np.ones((4, 6), np.uint8), r"Pillow's mode L"),
        (np.ones((4, 6, 3), np.uint8), r"is 6x4 of Pillow's mode RGB"),
        (np.eye(4, 6, dtype=np.uint16), r"20 pixels of the depth map .*1\.png are 0, not measured; fill them"),
    ],
)
def test_a_map_that_does_not_do_is_named(tmp_path: Path, units: np.ndarray | None, said: str) -> None:
    if units is not None:
        write(tmp_path / "a" / "1.png", units)
    with pytest.raises(PairError, match=rf"pair 'a/1': .*{said}"):
        DepthMaps(tmp_path).of(pair())


def test_a_map_that_is_no_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.png").write_bytes(b"no png")
    with pytest.raises(PairError, match=r"pair 'a/1': cannot read the depth map .*1\.png"):
        DepthMaps(tmp_path).of(pair())


def test_the_card_and_the_pairs_must_agree() -> None:
    with pytest.raises(PairError, match="has no depth, though its data set's card says"):
        OwnDepth().of(pair())
    with pytest.raises(PairError, match="has depth, but its data set's card does not say so"):
        RoadPrior().of(pair(torch.ones(4, 6)))
    drawn = datasets.load("synthetic")[0]
    assert OwnDepth().of(drawn) is drawn.depth


def test_what_is_described_changes_with_the_maps(tmp_path: Path) -> None:
    sources = datasets.load("synthetic").sources[:2]
    none = DepthMaps(tmp_path).describe(sources)
    assert none["source"] == "maps"
    write(tmp_path / f"{sources[1].id}.png", np.ones((4, 6), np.uint16))
    one = DepthMaps(tmp_path).describe(sources)
    write(tmp_path / f"{sources[1].id}.png", np.full((4, 6), 2, np.uint16))
    two = DepthMaps(tmp_path).describe(sources)
    assert len({none["maps"], one["maps"], two["maps"]}) == 3
    assert RoadPrior().describe(sources) == {"source": "road prior, a guess", "version": 1}


def test_without_edges_the_guess_is_flat_ground_and_a_wall() -> None:
    height, width = 400, 500
    depth = road_depth(torch.full((height, width, 3), 0.4)).numpy()
    assert np.ptp(depth, axis=1).max() < 1e-3
    assert depth[:100] == pytest.approx(75, rel=1e-5)
    for row in (300, 370):  # clear of the horizon and of the border, where the filter's windows reach
        assert depth[row, 0] == pytest.approx(1.2 * width * 1.5 / (row + 0.5 - 200), rel=0.05)
    assert (np.diff(depth[:, 0]) < 1e-3).all()


def test_the_guess_follows_the_pictures_edges() -> None:
    """A bright sky that ends below the horizon's row takes its depth with it."""
    picture = torch.full((200, 300), 0.2)
    picture[:106] = 0.9
    depth = road_depth(picture)
    plain = road_depth(torch.full((200, 300), 0.5))
    step, blurred = (float((values[103] / values[108]).log().mean()) for values in (depth, plain))
    assert step > 2 * blurred


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 1), (2, 2)])
def test_the_guess_is_made_for_the_smallest_pictures(size: tuple[int, int]) -> None:
    depth = road_depth(torch.rand(*size))
    assert depth.shape == size
    assert ((depth > 0) & (depth <= 75.001)).all()


def test_a_map_is_hashed_once_however_often_it_is_described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[Path] = []
    monkeypatch.setattr(_depth, "file_digest", lambda path: hashed.append(path) or path.name)
    depth, sources = DepthMaps(tmp_path), [BrokenPair(id, [], "") for id in "abc"]
    whole = depth.describe(sources)
    assert depth.describe(sources) == whole != depth.describe(sources[:1])
    assert hashed == [tmp_path / f"{id}.png" for id in "abc"]
