from __future__ import annotations

from pathlib import Path

import pytest
import torch

from hifbench import methods
from hifbench.errors import MethodError, UsageError, WeightsError
from hifbench.methods._create import check_options

CARDS = {name: methods.METHODS.get(name).card for name in methods.METHODS.names()}
WEIGHTLESS = [name for name, card in CARDS.items() if not (card.needs_weights or card.needs_results or card.slow)]
WEIGHTED = [name for name, card in CARDS.items() if card.needs_weights]


@pytest.fixture(autouse=True)
def no_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HIFBENCH_WEIGHTS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def pair(height: int, width: int, batch: int = 2) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(height * width)
    return tuple(torch.rand(batch, 1, height, width, generator=generator) for _ in range(2))  # type: ignore[return-value]


@pytest.mark.parametrize("name", WEIGHTLESS)
@pytest.mark.parametrize("size", [(48, 64), (37, 53), (17, 16), (1, 1), (1, 9)])
def test_a_method_keeps_size_type_and_inputs(name: str, size: tuple[int, int]) -> None:
    method = methods.create(name)
    ir, vis = pair(*size)
    before = ir.clone(), vis.clone()
    if min(size) < method.card.smallest:
        with pytest.raises(MethodError, match=f"{size[1]}x{size[0]}"):
            method.fuse(ir, vis)
        return
    fused = method.fuse(ir, vis)
    assert fused.shape == ir.shape
    assert fused.dtype == torch.float32
    assert bool(fused.isfinite().all())
    assert torch.equal(ir, before[0])
    assert torch.equal(vis, before[1])
    assert torch.equal(fused, method.fuse(ir, vis))


@pytest.mark.parametrize("name", WEIGHTLESS)
def test_a_batch_is_fused_pair_by_pair(name: str) -> None:
    method = methods.create(name)
    ir, vis = pair(40, 56, batch=3)
    one_by_one = torch.cat([method.fuse(a[None], b[None]) for a, b in zip(ir, vis, strict=True)])
    assert torch.allclose(method.fuse(ir, vis), one_by_one, atol=1e-6)


@pytest.mark.parametrize("name", WEIGHTLESS)
def test_two_equal_sources_are_returned(name: str) -> None:
    ir, _ = pair(45, 61)
    assert torch.allclose(methods.create(name).fuse(ir, ir), ir, atol=2e-6)


def test_the_simple_baselines_by_hand() -> None:
    ir, vis = torch.tensor([[0.2, 0.8]])[None, None], torch.tensor([[0.6, 0.4]])[None, None]
    fused = {
        name: methods.create(name).fuse(ir, vis).flatten().tolist()
        for name in ("visible", "infrared", "average", "maximum")
    }
    assert fused["visible"] == pytest.approx([0.6, 0.4])
    assert fused["infrared"] == pytest.approx([0.2, 0.8])
    assert fused["average"] == pytest.approx([0.4, 0.6])
    assert fused["maximum"] == pytest.approx([0.6, 0.8])


def test_mistakes_of_the_caller_are_named() -> None:
    with pytest.raises(UsageError, match="laplacian has no option 'level'; did you mean 'levels'"):
        methods.create("laplacian", level=3)
    with pytest.raises(UsageError, match="levels must be 1 to 12"):
        methods.create("laplacian", levels=0)
    with pytest.raises(UsageError, match="average has no weights"):
        methods.create("average", weights="file.safetensors")
    with pytest.raises(UsageError, match="unknown device 'tpu'"):
        methods.create("average", device="tpu")
    with pytest.raises(UsageError, match="one shape"):
        methods.create("average").fuse(torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 4, 5))


class Optional(methods.FusionMethod):
    """A method with an option that may be left open."""

    card = methods.MethodCard(name="optional", title="", paper="none")

    def __init__(self, *, strength: float | None = None, levels: int | str = 3, free: list[int] | None = None) -> None:
        super().__init__()

    def _fuse(self, ir: torch.Tensor, vis: torch.Tensor) -> torch.Tensor:
        return ir


def test_options_that_may_be_of_more_than_one_type_are_checked() -> None:
    good: list[dict[str, object]] = [
        {"strength": None},
        {"strength": 2},
        {"strength": 0.5},
        {"levels": 1},
        {"levels": "all"},
        {"free": "unchecked"},
    ]
    for options in good:
        check_options(Optional, options)
    bad: list[tuple[dict[str, object], str]] = [
        ({"strength": True}, "optional: option 'strength' is a number, not True"),
        ({"strength": "much"}, "optional: option 'strength' is a number, not 'much'"),
        ({"levels": 0.5}, "optional: option 'levels' is a whole number or text, not 0.5"),
        ({"levels": None}, "optional: option 'levels' is a whole number or text, not None"),
    ]
    for options, message in bad:
        with pytest.raises(UsageError, match=message):
            check_options(Optional, options)


@pytest.mark.parametrize("name", WEIGHTED)
@pytest.mark.usefixtures("nothing_shipped")
def test_missing_weights_say_what_to_put_where(name: str, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=rf"no weights of {name} found; put .* in .*{name}"):
        methods.create(name)
    with pytest.raises(WeightsError, match=r"no weights at .*nowhere"):
        methods.create(name, weights=tmp_path / "nowhere")


def test_a_card_needs_weights_where_the_method_does() -> None:
    for name, card in CARDS.items():
        assert card.needs_weights is issubclass(methods.METHODS.get(name), methods.WeightedMethod)
