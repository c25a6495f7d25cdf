"""The trainer on a network of one number, where everything can be foretold, and its checkpoints."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from hifbench.errors import TrainingError, UsageError
from hifbench.methods._training import checkpoint
from hifbench.methods._training.recipe import Recipe
from hifbench.methods._training.trainer import steps_in_epoch, train

CPU = torch.device("cpu")


class Scale(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.rand(1))

    def forward(self, image: Tensor) -> Tensor:
        return self.factor * image


class ToyRecipe(Recipe):
    """Learns to double: the visible image is twice the infrared one."""

    dataset: str = "none"
    split: str = "none"
    epochs: int = 3
    batch: int = 4
    crop: int = 16
    rate: float = 0.05

    def network(self) -> nn.Module:
        return Scale()

    def predict(self, network: nn.Module, *images: Tensor) -> tuple[Tensor, ...]:
        return (network(images[0]),)

    def loss(self, predicted: tuple[Tensor, ...], *images: Tensor) -> dict[str, Tensor]:
        assert all(image.dtype == torch.float32 for image in (*predicted, *images))
        return {"pixel": (predicted[0] - images[1]).square().mean(), "size": 0 * predicted[0].mean()}


def pairs(count: int = 10) -> list[tuple[Tensor, Tensor]]:
    generator = torch.Generator().manual_seed(0)
    images = [torch.randint(128, (20, 24), dtype=torch.uint8, generator=generator) for _ in range(count)]
    return [(image, 2 * image) for image in images]


def go(recipe: Recipe, path: Path, **more: Any) -> Any:
    return train(recipe, pairs(), "data", path, CPU, {"command": "test"}, **more)


def test_it_learns(tmp_path: Path) -> None:
    trained = go(ToyRecipe(epochs=60), tmp_path / "c")
    assert trained.network.factor.item() == pytest.approx(2, abs=1e-3)
    assert len(trained.history) == 60
    assert trained.history[0].keys() == {"pixel", "size", "total"}
    assert trained.history[-1]["total"] < 1e-5 < trained.history[0]["total"]
    assert not trained.network.training


def test_the_last_batch_is_kept_and_counts_by_its_size(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    batches: list[float] = []

    def note(epoch: int, done: int, loss: float) -> None:
        steps.append((epoch, done))
        batches.append(loss)

    trained = go(ToyRecipe(epochs=1), tmp_path / "c", on_step=note)
    assert steps == [(1, 1), (1, 2), (1, 3)]
    assert steps_in_epoch(ToyRecipe(), 10) == 3
    mean = (4 * batches[0] + 4 * batches[1] + 2 * batches[2]) / 10
    assert trained.history[0]["total"] == pytest.approx(mean)


@pytest.mark.parametrize("broken_off_in", [1, 2, 3])
def test_broken_off_anywhere_it_ends_with_the_same_bits(tmp_path: Path, broken_off_in: int) -> None:
    whole = go(ToyRecipe(), tmp_path / "whole")

    def stop(epoch: int, steps: int, loss: float) -> None:
        if epoch == broken_off_in:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        go(ToyRecipe(), tmp_path / "broken", on_step=stop)
    resumed = go(ToyRecipe(), tmp_path / "broken")
    assert torch.equal(resumed.network.factor, whole.network.factor)
    assert resumed.history == whole.history


def test_the_seed_decides_and_torchs_own_numbers_do_not(tmp_path: Path) -> None:
    torch.manual_seed(1)
    first = go(ToyRecipe(), tmp_path / "1").network.factor
    torch.manual_seed(2)
    before = torch.random.get_rng_state()
    second = go(ToyRecipe(), tmp_path / "2").network.factor
    assert torch.equal(before, torch.random.get_rng_state())
    assert torch.equal(first, second)
    assert not torch.equal(first, go(ToyRecipe(seed=1), tmp_path / "3").network.factor)


def test_learning_rates_follow_the_recipe(tmp_path: Path) -> None:
    class Still(ToyRecipe):
        def factor(self, epoch: int) -> float:
            return 1.0 if epoch == 0 else 0.0

    assert torch.equal(
        go(Still(epochs=1), tmp_path / "1").network.factor, go(Still(epochs=3), tmp_path / "3").network.factor
    )


def test_mixed_images_come_one_by_one(tmp_path: Path) -> None:
    class Mixed(ToyRecipe):
        mixed = True

        def loss(self, predicted: tuple[Tensor, ...], *images: Tensor) -> dict[str, Tensor]:
            assert len(images) == 1
            return {"pixel": (predicted[0] - images[0]).square().mean()}

    steps: list[int] = []
    go(Mixed(epochs=1), tmp_path / "c", on_step=lambda epoch, done, loss: steps.append(done))
    assert len(steps) == steps_in_epoch(Mixed(), 10) == 5


def test_bfloat16_is_for_the_network_alone(tmp_path: Path) -> None:
    class Convolution(ToyRecipe):
        def network(self) -> nn.Module:
            return nn.Conv2d(1, 1, 1)

        def predict(self, network: nn.Module, *images: Tensor) -> tuple[Tensor, ...]:
            predicted = network(images[0])
            assert predicted.dtype == (torch.bfloat16 if self.precision == "bfloat16" else torch.float32)
            return (predicted,)

    trained = go(Convolution(precision="bfloat16", epochs=1), tmp_path / "low")
    assert trained.precision == "bfloat16"
    assert next(trained.network.parameters()).dtype == torch.float32
    assert go(Convolution(epochs=1), tmp_path / "full").precision == "float32"


def test_a_run_that_diverges_is_stopped_and_keeps_its_last_good_epoch(tmp_path: Path) -> None:
    class Explodes(ToyRecipe):
        def loss(self, predicted: tuple[Tensor, ...], *images: Tensor) -> dict[str, Tensor]:
            return {"pixel": predicted[0].mean() / (0 if self.seen() else 1)}

        def seen(self) -> bool:
            return len(steps) >= 3

    steps: list[int] = []
    with pytest.raises(TrainingError, match=r"diverged in epoch 2: pixel is inf; try a smaller.*--set rate=0\.005"):
        go(Explodes(), tmp_path / "c", on_step=lambda epoch, done, loss: steps.append(done))
    state = checkpoint.load(tmp_path / "c")
    assert state is not None
    assert state["epoch"] == 1
    assert state["network"]["factor"].isfinite().all()


def test_a_gradient_that_is_not_finite_reaches_no_weight(tmp_path: Path) -> None:
    class Root(ToyRecipe):
        def loss(self, predicted: tuple[Tensor, ...], *images: Tensor) -> dict[str, Tensor]:
            return {"pixel": (0 * predicted[0]).sqrt().mean()}  # 0, and its slope is infinite

    with pytest.raises(TrainingError, match="diverged in epoch 1: gradient is nan"):
        go(Root(), tmp_path / "c")
    assert checkpoint.load(tmp_path / "c") is None


def test_layers_that_draw_are_seeded_and_resumed_too(tmp_path: Path) -> None:
    class Dropping(ToyRecipe):
        def network(self) -> nn.Module:
            return nn.Sequential(Scale(), nn.Dropout(0.5))

    def stop(epoch: int, steps: int, loss: float) -> None:
        if epoch == 2:
            raise KeyboardInterrupt

    whole = go(Dropping(), tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        go(Dropping(), tmp_path / "broken", on_step=stop)
    assert go(Dropping(), tmp_path / "broken").history == whole.history


@pytest.mark.parametrize("how", ["os.fsync", "pathlib.Path.replace"])
def test_a_full_disk_is_one_error_and_leaves_the_last_good_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    def fail(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "c"
    go(ToyRecipe(epochs=1), path)
    good = path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(how, fail)
        with pytest.raises(TrainingError, match=r"\(No space left on device\); the checkpoint of epoch 1 is kept"):
            go(ToyRecipe(), path)
    assert path.read_bytes() == good
    assert list(tmp_path.iterdir()) == [path]
    assert len(go(ToyRecipe(), path).history) == 3


def test_every_call_that_contributed_is_kept(tmp_path: Path) -> None:
    def stop(epoch: int, steps: int, loss: float) -> None:
        if epoch == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(ToyRecipe(), pairs(), "data", tmp_path / "c", CPU, {"n": 1}, stop)
    ended = train(ToyRecipe(), pairs(), "data", tmp_path / "c", CPU, {"n": 2})
    again = train(ToyRecipe(), pairs(), "data", tmp_path / "c", CPU, {"n": 3})
    assert [(call["n"], call["epochs"]) for call in ended.calls] == [(1, 2), (2, 1)]
    assert again.calls == ended.calls
    assert all(call["seconds"] >= 0 for call in ended.calls)


def test_another_configuration_does_not_go_on_from_a_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "c"
    go(ToyRecipe(), path)
    with pytest.raises(UsageError, match="checkpoint of another configuration"):
        go(ToyRecipe(rate=0.1), path)
    with pytest.raises(UsageError, match="configuration, device, version or data"):
        train(ToyRecipe(), pairs(), "other data", path, CPU, {})

    class Newer(ToyRecipe):
        version = 2

    Newer.__qualname__ = ToyRecipe.__qualname__
    with pytest.raises(UsageError, match="checkpoint of another"):
        go(Newer(), path)
    with pytest.raises(UsageError, match="has 3 epochs behind it; --set epochs to that many or more"):
        go(ToyRecipe(epochs=2), path)
    assert len(go(ToyRecipe(epochs=4), path).history) == 4


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04"])
def test_a_damaged_checkpoint_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "c").write_bytes(content)
    with pytest.raises(UsageError, match="is no checkpoint of hifbench or is damaged; move it away"):
        go(ToyRecipe(), tmp_path / "c")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"epochs": 0}, "epochs must be 1"),
        ({"batch": 0}, "batch must be 1"),
        ({"crop": 8}, "crop must be 16 to 1024"),
        ({"rate": -1.0}, "rate must be between 0 and 1"),
        ({"rate": float("nan")}, "finite number"),
        ({"clip": -1.0}, "clip must not be negative"),
        ({"seed": 2**63}, "seed must be 0"),
        ({"epochs": True}, "valid integer"),
        ({"epoch": 3}, "Extra inputs"),
    ],
)
def test_settings_out_of_range_are_refused_whatever_the_subclass_declares(
    setting: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        ToyRecipe.model_validate(setting)
