from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from hifbench import datasets
from hifbench.bench.detector_recipe import DetectorRecipe
from hifbench.detection.average_precision import Evaluation, evaluate
from hifbench.detection.detectors.tiny import Tiny
from hifbench.detection.objects import Objects
from hifbench.detection.tiny.network import TinyNet
from hifbench.errors import PairError, WeightsError
from hifbench.methods._training.trainer import train
from hifbench.tensors import write_weights

SHIPPED = Path(str(files("hifbench.detection") / "weights" / "tiny.safetensors"))


def blocks(seed: int) -> tuple[Tensor, list[tuple[str, float, float, float, float]]]:
    """A grey picture with noise, 64x64; a bright wide block is a car, a bright tall one a person."""
    numbers = torch.Generator().manual_seed(seed)
    picture = torch.randint(60, 100, (64, 64), generator=numbers)
    annotations = []
    for label, left, (width, height) in (("car", 2, (24, 10)), ("person", 36, (8, 22))):
        x, y = left + int(torch.randint(5, (), generator=numbers)), int(torch.randint(40, (), generator=numbers))
        picture[y : y + height, x : x + width] = 220
        annotations.append((label, float(x), float(y), float(x + width), float(y + height)))
    return picture.to(torch.uint8), annotations


def judge(tiny: Tiny, scenes: dict[str, tuple[np.ndarray, list[tuple[str, float, float, float, float]]]]) -> Evaluation:
    truth = {
        name: Objects(tuple(row[0] for row in rows), np.array([row[1:] for row in rows], np.float64).reshape(-1, 4))
        for name, (_, rows) in scenes.items()
    }
    return evaluate(truth, {name: tiny.detect(image) for name, (image, _) in scenes.items()}, tiny.card.classes)


def colour(grey: Tensor) -> np.ndarray:
    return np.repeat(grey.numpy()[..., None], 3, axis=2)


def test_it_learns_to_find_blocks(tmp_path: Path) -> None:
    recipe = DetectorRecipe(epochs=20, batch=4, crop=64, rate=0.004)
    lesson = [recipe.sample(picture, picture, rows) for picture, rows in map(blocks, range(12))]
    trained = train(recipe, lesson, "blocks", tmp_path / "blocks.checkpoint", torch.device("cpu"), {})
    assert trained.history[-1]["total"] < trained.history[0]["total"] / 2
    path = tmp_path / "blocks.safetensors"
    write_weights(path, trained.network, {"method": "detector", "recipe": recipe.model_dump(mode="json")})
    tiny = Tiny(path)
    assert tiny.card.licence == "that of whoever trained them"
    scenes = {str(seed): (colour(picture), rows) for seed in range(100, 112) for picture, rows in [blocks(seed)]}
    assert judge(tiny, scenes).mean(0.5) > 0.9
    # Odd sides: the same objects, at the same places.
    odd = {name: (np.pad(image, ((0, 5), (0, 3), (0, 0)), mode="edge"), rows) for name, (image, rows) in scenes.items()}
    assert judge(tiny, odd).mean(0.5) > 0.9


def test_a_picture_without_annotation_teaches_nothing() -> None:
    picture, _ = blocks(0)
    with pytest.raises(PairError, match="nobody annotated it"):
        DetectorRecipe().sample(picture, picture, None)
    pictures, boxes = DetectorRecipe().sample(picture, picture // 2, [("lamp", 0, 0, 9, 9)])
    assert boxes.shape == (0, 5)
    np.testing.assert_array_equal(pictures[2].numpy(), np.floor((picture + picture // 2 * 1.0).numpy() / 2 + 0.5))


def test_the_recipe_takes_only_crops_that_the_network_takes() -> None:
    with pytest.raises(ValueError, match="crop must be a multiple of 16 for the detector, not 100"):
        DetectorRecipe(crop=100)


def test_a_file_that_is_no_such_detector_is_refused(tmp_path: Path) -> None:
    foreign, broken, other = (tmp_path / f"{name}.safetensors" for name in ("foreign", "broken", "other"))
    save_file({"weight": torch.zeros(2)}, foreign)
    with pytest.raises(WeightsError, match=r"foreign.safetensors holds no detector of 'hifbench train detector'"):
        Tiny(foreign)
    broken.write_bytes(b"no tensors at all")
    with pytest.raises(WeightsError, match=r"broken.safetensors cannot be read as safetensors"):
        Tiny(broken)
    write_weights(other, TinyNet(3), {"method": "detector", "recipe": {"classes": ["person", "car"]}})
    with pytest.raises(WeightsError, match=r"wrong shape: centres.2.bias is \(3,\), not \(2,\)"):
        Tiny(other)
    with pytest.raises(WeightsError, match="nowhere"):
        Tiny(tmp_path / "nowhere.safetensors")


def test_the_shipped_detector_is_small_and_its_card_is_that_of_the_file() -> None:
    assert SHIPPED.stat().st_size < 2_000_000
    card, tiny = json.loads(SHIPPED.with_suffix(".json").read_text()), Tiny(SHIPPED)
    assert card["sha256"] == tiny.card.sha256 == hashlib.sha256(SHIPPED.read_bytes()).hexdigest()
    assert card["trained_on"] == tiny.card.trained_on
    assert "visible, infrared and average pictures" in tiny.card.trained_on
    assert tiny.card.licence == "Apache-2.0"
    assert tiny.card.classes == datasets.DATASETS.get("synthetic").card.classes
    assert card["smoke"] is False


def test_the_shipped_detector_finds_most_objects_of_scenes_it_never_saw() -> None:
    scenes: dict[str, dict[str, tuple[np.ndarray, list[tuple[str, float, float, float, float]]]]] = {
        "ir": {},
        "vis": {},
    }
    for pair in datasets.load("synthetic", None, "test").first(4):
        rows = [(box.label, box.x0, box.y0, box.x1, box.y1) for box in pair.boxes or ()]
        scenes["ir"][pair.id] = (colour((pair.ir * 255).round().to(torch.uint8)), rows)
        scenes["vis"][pair.id] = ((pair.vis * 255).round().to(torch.uint8).numpy(), rows)
    tiny = Tiny(SHIPPED)
    assert judge(tiny, scenes["ir"]).mean(0.5) > 0.4
    assert judge(tiny, scenes["vis"]).mean(0.5) > 0.4


def test_a_picture_of_one_grey_gives_finite_boxes_or_none() -> None:
    tiny = Tiny(SHIPPED)
    for size in ((1, 1), (17, 300), (64, 64)):
        found = tiny.detect(np.full((*size, 3), 128, np.uint8))
        assert found.sound.all()
        assert found.scores is not None
        assert (np.diff(found.scores) <= 0).all()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_gpu_finds_what_a_processor_finds() -> None:
    pair = datasets.load("synthetic", None, "test")[0]
    image = (pair.vis * 255).round().to(torch.uint8).numpy()
    there, here = Tiny(SHIPPED, "cuda").detect(image), Tiny(SHIPPED).detect(image)
    assert there.scores is not None
    assert here.scores is not None
    sure = int((here.scores > 0.3).sum())
    assert there.labels[:sure] == here.labels[:sure]
    np.testing.assert_allclose(there.corners[:sure], here.corners[:sure], atol=0.05)
    np.testing.assert_allclose(there.scores[:sure], here.scores[:sure], atol=1e-3)


def test_its_card_names_the_methods_it_has_learnt_from() -> None:
    tiny = Tiny(SHIPPED)
    assert tiny.card.learnt_from == ("visible", "infrared", "average")
    for name in tiny.card.learnt_from:
        assert name in tiny.card.trained_on
