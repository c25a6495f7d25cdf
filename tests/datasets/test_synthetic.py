"""The drawn data set: the same on every machine, true to its geometry, varied, and of use for fusion."""

import hashlib

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from hifbench import datasets
from hifbench.datasets._pair import Box, Pair
from hifbench.datasets._synthetic.boxes import MIN_HEIGHT, MIN_SHARE, find_boxes
from hifbench.datasets._synthetic.camera import FAR, HEIGHT, SUB, WIDTH, turn
from hifbench.datasets._synthetic.noise import Draw, bell
from hifbench.datasets._synthetic.render import draw_scene, render, scene_at
from hifbench.datasets.synthetic import SyntheticPair

# A regression baseline, taken from this renderer itself: it proves that machines agree and that nothing moved by
# accident, not that a picture is right. A change that is meant to move pixels raises VERSION and renews it.
BASELINE = {
    "test-00": "8019b1ce0e2339907da2a1706936349ce89cbb1007f160d0344e11bd399d026c",
    "test-03": "2f217be2079b640cb4d8b69259952c84207b1de989fa3e3ba96db2fbbd459c85",
    "test-05": "e2b6b9ea62dc3b323b2d113ec277a0790971107f3aa9ab79e2c776c35b494f6e",
    "test-09": "7e4de85aa46d2ec221b53eb743fad820e8e2a070f2a29cc37121b8a457c2fc8e",
    "test-13": "0d850134efd479d18866b508148ca7953b70be390bb5f1f7beb5f5fe0d375ff5",
    "train-004": "53402d5e1310ff8663cbe336b87e95b5c8c461f738c624ecd478263089aec382",
    "train-117": "3c04f726aceb36478e8bb66d0fa9488100507ac327a9244b992be13260197522",
}


@pytest.fixture(scope="module")
def pairs() -> dict[str, Pair]:
    sequence = datasets.load("synthetic")
    return dict(zip(sequence.ids, sequence, strict=True))


def levels(image: torch.Tensor) -> NDArray[np.uint8]:
    return (image * 255).round().to(torch.uint8).numpy()


def pixel_digest(pair: Pair) -> str:
    assert pair.depth is not None
    millimetres = np.floor(pair.depth.numpy().astype(np.float64) * 1000 + 0.5).astype("<i4")
    parts = (levels(pair.ir), levels(pair.vis), millimetres)
    return hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in parts)).hexdigest()


def grey(pair: Pair) -> NDArray[np.float64]:
    return levels(pair.vis).astype(np.float64) @ np.array([0.299, 0.587, 0.114])


def contrast(image: NDArray[np.float64], box: Box) -> float:
    """Grey levels between the middle of a box and what is left and right of it."""
    x0, y0, x1, y1 = int(box.x0), int(box.y0), int(box.x1), int(box.y1)
    third = max((x1 - x0) // 4, 1)
    inside = image[y0:y1, x0 + third : x1 - third]
    beside = np.concatenate([image[y0:y1, max(x0 - 6, 0) : max(x0 - 2, 0)], image[y0:y1, x1 + 2 : x1 + 6]], axis=1)
    return float(abs(inside.mean() - beside.mean())) if inside.size and beside.size else 0.0


@pytest.mark.parametrize("id", BASELINE)
def test_pixels_are_the_same_on_every_machine(id: str) -> None:
    split, index = id.split("-")
    assert pixel_digest(SyntheticPair(split, int(index)).read()) == BASELINE[id]


def test_neither_order_nor_repetition_changes_a_pair(pairs: dict[str, Pair]) -> None:
    for index in (9, 2):
        again = SyntheticPair("test", index).read()
        assert pixel_digest(again) == pixel_digest(pairs[again.id])
        assert again.boxes == pairs[again.id].boxes


def test_pairs_keep_the_contract(pairs: dict[str, Pair]) -> None:
    assert list(pairs) == [f"test-{index:02d}" for index in range(16)]
    for id, pair in pairs.items():
        assert pair.id == id
        assert pair.ir.shape == (HEIGHT, WIDTH)
        assert pair.vis.shape == (HEIGHT, WIDTH, 3)
        for image in (pair.ir, pair.vis):
            assert image.dtype == torch.float32
            assert torch.equal(image, torch.from_numpy(levels(image)).to(torch.float32) / 255)
        assert pair.depth is not None
        assert (pair.depth.shape, pair.depth.dtype) == ((HEIGHT, WIDTH), torch.float32)
        assert 0.1 < pair.depth.min() < pair.depth.max() <= FAR
        assert pair.mask is None


def test_splits_are_disjoint_and_need_no_folder() -> None:
    test, train = datasets.load("synthetic"), datasets.load("synthetic", split="train")
    assert (test.split, test.coverage, train.coverage) == ("test", "16 of 16", "240 of 240")
    assert (test.ids[0], train.ids[0], train.ids[-1]) == ("test-00", "train-000", "train-239")
    assert test.unlisted == ()
    digests = {source.digest for source in (*test.sources, *train.sources)}
    assert len(digests) == 256
    first, other = test[0], train[0]
    assert not torch.equal(first.vis, other.vis)
    assert not torch.equal(first.ir, other.ir)


@pytest.mark.parametrize("index", [1, 5, 10])
def test_ground_lies_where_the_camera_sees_it(index: int) -> None:
    drawn = render("test", index)
    on_ground = 0
    for row in range(HEIGHT):
        try:
            expected = drawn.camera.ground_depth(row + 0.5)
        except ValueError:
            continue
        if expected > 60.0:  # nearer to the horizon one row of pixels spans many metres
            continue
        depth = drawn.depth[row]
        assert depth.max() <= expected * 1.0001  # nothing is seen through the ground
        on_ground += int(np.count_nonzero(np.abs(depth - expected) < 1e-4 * expected))
    assert on_ground > 0.2 * HEIGHT * WIDTH


@pytest.mark.parametrize("index", [0, 4, 5, 8])
def test_boxes_are_tight_around_what_is_seen(index: int) -> None:
    frame, labels = draw_scene(scene_at("test", index))
    found = 0
    for thing, label in labels.items():
        seen = frame.thing == thing
        boxes = find_boxes(frame, {thing: label})
        share = np.count_nonzero(seen) / max(np.count_nonzero(frame.cover.get(thing, seen)), 1)
        if not boxes:
            rows = np.flatnonzero(seen.any(axis=1))
            assert share < MIN_SHARE or rows[-1] - rows[0] < SUB * (MIN_HEIGHT + 1)
            continue
        (box,) = boxes
        found += 1
        assert share >= MIN_SHARE
        pixels = seen.reshape(HEIGHT, SUB, WIDTH, SUB).any(axis=(1, 3))
        rows, columns = np.nonzero(pixels)
        assert (box.x0, box.y0) == (columns.min(), rows.min())
        assert (box.x1, box.y1) == (columns.max() + 1, rows.max() + 1)
        assert box.y1 - box.y0 >= MIN_HEIGHT
    assert found >= 3


def test_boxes_lie_in_the_image_and_both_classes_are_common(pairs: dict[str, Pair]) -> None:
    boxes = [box for pair in pairs.values() for box in pair.boxes]
    for box in boxes:
        assert 0 <= box.x0 < box.x1 <= WIDTH
        assert 0 <= box.y0 < box.y1 <= HEIGHT
    assert {box.label for box in boxes} == {"person", "car"}
    assert min(sum(box.label == label for box in boxes) for label in ("person", "car")) >= 25
    assert sum(len(pair.boxes) > 0 for pair in pairs.values()) == 16


def test_objects_stand_out_in_depth(pairs: dict[str, Pair]) -> None:
    # The middle of the lower edge of a box stands on the ground; the object is not far from there.
    for index in (2, 5, 12):
        drawn = render("test", index)
        for box in drawn.boxes:
            if box.y1 >= HEIGHT or box.label != "person":
                continue
            ground = drawn.camera.ground_depth(box.y1)
            inside = drawn.depth[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)]
            assert np.abs(inside - ground).min() < 0.12 * ground


def test_scenes_are_varied(pairs: dict[str, Pair]) -> None:
    scenes = [scene_at("test", index) for index in range(16)]
    assert len({scene.kind for scene in scenes}) == 7
    assert {scene.light.name for scene in scenes} == {"sunny", "overcast", "dusk", "lit night", "dark night"}
    means = [grey(pair).mean() for pair in pairs.values()]
    assert min(means) < 60
    assert max(means) > 100
    assert len({len(pair.boxes) for pair in pairs.values()}) >= 4
    assert len({round(scene.camera.focal) for scene in scenes}) > 10


def test_both_images_have_something_of_their_own(pairs: dict[str, Pair]) -> None:
    correlations = [np.corrcoef(grey(pair).ravel(), levels(pair.ir).ravel())[0, 1] for pair in pairs.values()]
    assert max(correlations) < 0.8
    assert np.mean(np.abs(correlations)) < 0.6
    both = 0
    for pair in pairs.values():
        steps = [np.abs(np.diff(image, axis=1)) > 12 for image in (grey(pair), levels(pair.ir).astype(np.float64))]
        only_visible, only_infrared = (np.mean(steps[i] & ~steps[1 - i]) for i in (0, 1))
        both += only_visible > 0.01 and only_infrared > 0.002
    assert both >= 14


def test_the_dark_hides_people_that_infrared_shows(pairs: dict[str, Pair]) -> None:
    hidden = 0
    for pair in pairs.values():
        for box in pair.boxes:
            if box.label == "person":
                in_infrared = contrast(levels(pair.ir).astype(np.float64), box)
                hidden += in_infrared > 40 and contrast(grey(pair), box) < 8
    assert hidden >= 5


def test_textures_are_no_flat_fill(pairs: dict[str, Pair]) -> None:
    for pair in pairs.values():
        for image in (grey(pair), levels(pair.ir).astype(np.float64)):
            flat = np.mean(np.abs(np.diff(image, axis=0)[:, 1:]) + np.abs(np.diff(image, axis=1)[1:]) < 0.5)
            assert flat < 0.45


def test_chance_is_pinned_and_independent() -> None:
    draw = Draw("a", 1)
    assert [draw.word() for _ in range(2)] == [17279328770994936836, 15512992890969751429]
    assert Draw("a", 1).child("b").word() == Draw("a", 1, "b").word() != Draw("a", 1).word()
    noise = bell(64, 64, 3)
    assert abs(float(noise.mean())) < 0.05
    assert 0.95 < float(noise.std()) < 1.05


@pytest.mark.parametrize("angle", [-3.0, -1.0, 0.0, 0.3, 1.6, 3.1])
def test_turns_are_on_the_unit_circle_near_their_angle(angle: float) -> None:
    cosine, sine = turn(angle)
    assert cosine * cosine + sine * sine == pytest.approx(1.0, abs=1e-12)
    assert np.arctan2(sine, cosine) == pytest.approx(angle, abs=0.06)
