"""ZVIR as a method: sizes, margins, seeds, batches, progress and options."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from hifbench import methods
from hifbench.errors import UsageError
from hifbench.methods import zvir
from hifbench.methods.zvir import ZVIR, fitting
from hifbench.methods.zvir.network import ZVIRNet


def images(count: int, height: int, width: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(count + height + width)
    ir, vis = torch.rand(2, count, 1, height, width, generator=generator)
    return ir, vis


def create(**options: Any) -> ZVIR:
    method = methods.create("zvir", **options)
    assert isinstance(method, ZVIR)
    return method


@pytest.mark.parametrize("size", [1, 2, 3, 15, 16, 17, 40])
def test_margins_mirror_as_often_as_needed(size: int) -> None:
    for margin in (16, 32):
        total = -(-(size + 2 * margin) // 16) * 16
        expected = np.pad(np.arange(size), (margin, total - size - margin), mode="reflect")
        np.testing.assert_array_equal(zvir.mirrored(size, margin, torch.device("cpu")), expected)


@pytest.mark.parametrize(("height", "width"), [(96, 128), (700, 900), (480, 640), (33, 1000)])
def test_official_inputs_are_those_of_pillow(height: int, width: int) -> None:
    levels = np.random.default_rng(height).integers(0, 256, (2, height, width), dtype=np.uint8)
    floats = torch.from_numpy(levels.astype(np.float32) / 255)
    ours = zvir.official_inputs(floats[None, :1], floats[None, 1:], 0.3)
    ir, vis = map(Image.fromarray, levels)
    for our, image in zip(ours, (ir, vis, Image.blend(vis, ir, 0.3)), strict=True):
        theirs = np.asarray(image.resize((640, 480), Image.Resampling.BILINEAR), dtype=np.float32)
        difference = np.abs(our[0, 0].numpy() * 255 - theirs)
        assert difference.max() < 1.01
        assert (difference > 0.01).mean() < 0.002


def test_official_size_gives_back_the_size_of_the_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Tensor] = []

    def fit(ir: Tensor, vis: Tensor, mixed: Tensor, **_: object) -> tuple[Tensor, Tensor]:
        given.append(vis)
        return vis, torch.zeros(1, 2)

    monkeypatch.setattr(zvir, "fit", fit)
    vis = torch.linspace(0, 1, 50).expand(1, 1, 37, 50)
    fused = create(size="official").fuse(vis, vis)
    assert given[0].shape == (1, 1, 512, 704)
    torch.testing.assert_close(fused, vis, rtol=0, atol=0.02)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 40), (17, 3), (33, 50)])
def test_any_size_is_fused(height: int, width: int) -> None:
    method = create(iterations=2)
    fused = method.fuse(*images(1, height, width))
    assert fused.shape == (1, 1, height, width)
    assert fused.dtype == torch.float32
    assert not fused.requires_grad
    assert fused.min() >= 0
    assert fused.max() <= 1
    assert method.traces[0].shape == (3,)
    assert method.traces[0].dtype == torch.float64
    assert method.traces[0].isfinite().all()


@pytest.mark.parametrize(("ir", "vis"), [(0.0, 0.0), (1.0, 0.0), (0.3, 1.0)])
def test_constant_images_are_fused(ir: float, vis: float) -> None:
    method = create(iterations=3)
    fused = method.fuse(torch.full((1, 1, 20, 20), ir), torch.full((1, 1, 20, 20), vis))
    assert fused.isfinite().all()
    assert method.traces[0].isfinite().all()
    assert method.traces[0][-1] < method.traces[0][0]


def test_the_seed_alone_decides() -> None:
    ir, vis = images(2, 16, 16)
    method = create(iterations=2)
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = method.fuse(ir, vis)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    # Within rounding: a sum need not be taken in the same order twice where threads share it.
    torch.testing.assert_close(method.fuse(ir[1:], vis[1:]), first[1:], rtol=0, atol=1e-4)
    torch.testing.assert_close(create(iterations=2).fuse(ir[:1], vis[:1]), first[:1], rtol=0, atol=1e-4)
    others: list[dict[str, object]] = [{"seed": 1}, {"final_dropout": False}, {"alpha": 1.0}, {"iterations": 1}]
    for options in others:
        other = create(**{"iterations": 2, **options}).fuse(ir[:1], vis[:1])
        assert not torch.allclose(other, first[:1], rtol=0, atol=1e-4)


def test_a_gpus_batch_goes_in_groups() -> None:
    ir, vis = images(3, 9, 14)
    method = create(iterations=2, together=2)
    one_by_one = method.fuse(ir, vis)
    losses = torch.stack(method.traces)
    with torch.no_grad():
        torch.testing.assert_close(method._fuse_in_groups(ir, vis), one_by_one, rtol=0, atol=1e-3)
    torch.testing.assert_close(torch.stack(method.traces), losses, rtol=1e-4, atol=0)


def test_progress_is_told_and_traced() -> None:
    method = create(iterations=3)
    told: list[tuple[int, int, float]] = []
    method.watch = lambda *news: told.append(news)
    method.fuse(*images(2, 8, 8))
    assert told == [(i, 3, float(trace[i])) for trace in method.traces for i in (1, 2, 3)]
    longer = create(iterations=4)
    longer.fuse(*images(2, 8, 8))
    for trace, more in zip(method.traces, longer.traces, strict=True):
        torch.testing.assert_close(more[:4], trace, rtol=1e-4, atol=0)  # the last is where a fourth step would start


def test_a_fit_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[weakref.ref[ZVIRNet]] = []

    class Watched(ZVIRNet):
        def __init__(self, generator: torch.Generator) -> None:
            super().__init__(generator)
            made.append(weakref.ref(self))

    method = create(iterations=1)
    method.fuse(*images(1, 8, 8))  # torch's first optimiser imports much
    monkeypatch.setattr(fitting, "ZVIRNet", Watched)
    gc.disable()
    try:
        method.fuse(*images(2, 8, 8))
        assert [reference() for reference in made] == [None, None]
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"iterations": 0}, "iterations must be at least 1, not 0"),
        ({"alpha": 1.5}, r"alpha must be 0 to 1, not 1\.5"),
        ({"alpha": float("nan")}, "alpha must be 0 to 1, not nan"),
        ({"seed": -1}, "seed must be 0 to"),
        ({"size": "big"}, "size is native or official, not 'big'"),
        ({"together": 0}, "together must be at least 1, not 0"),
        ({"iterations": "many"}, "option 'iterations' is a whole number"),
    ],
)
def test_faulty_options_are_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=f"zvir: .*{message}"):
        create(**options)


def test_the_card_says_what_it_is() -> None:
    card = methods.METHODS.get("zvir").card
    assert (card.name, card.year, card.trained_on) == ("zvir", 2025, "nothing")
    assert card.per_pair
    assert card.slow
    assert not card.needs_weights
