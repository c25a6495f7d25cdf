"""What a convention takes from a colour picture."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from hifbench.errors import MetricError
from hifbench.metrics import METRICS
from hifbench.metrics._image import Image
from hifbench.metrics._metric import Convention, Metric
from hifbench.metrics._picture import Picture
from hifbench.metrics._toolboxes import TOOLBOXES, Toolbox

COLOUR = torch.arange(2 * 3 * 4 * 5, dtype=torch.float64).reshape(2, 3, 4, 5)
GREY = torch.full((2, 1, 4, 5), 7.0, dtype=torch.float64)


def first_source_difference(fused: Image, ir: Image, vis: Image) -> torch.Tensor:
    assert fused.pixels.shape == vis.pixels.shape
    return (fused.pixels - ir.pixels[..., : fused.pixels.shape[-1]]).sum(dim=(1, 2, 3))


def metric(**rules: str) -> Metric:
    convention = Convention({}, "for this test", **rules)  # type: ignore[arg-type]
    return Metric("X", "X", "higher", (0, 1), frozenset(), "none", first_source_difference, {"default": convention})


def test_each_channel_against_the_same_grey_infrared_and_the_mean() -> None:
    one = metric(channels="per-channel")
    value = one(Picture(COLOUR), Picture(GREY), Picture(COLOUR), one.behaviour("default"))
    assert torch.allclose(value, (COLOUR - 7).sum(dim=(2, 3)).mean(dim=1))


def test_channels_side_by_side() -> None:
    image = Picture(COLOUR).side_by_side()
    assert image.pixels.shape == (2, 1, 4, 15)
    assert torch.equal(image.pixels[:, 0, :, 5:10], COLOUR[:, 1])


def test_a_grey_fused_picture_is_scored_against_the_sources_luminance() -> None:
    for rule in ("luma", "per-channel", "side-by-side"):
        one = metric(channels=rule)
        value = one(Picture(GREY), Picture(COLOUR), Picture(COLOUR), one.behaviour("default"))
        assert torch.equal(value, (GREY - Picture(COLOUR).grey().pixels).sum(dim=(1, 2, 3)))


def test_a_grey_picture_is_one_image_under_every_rule() -> None:
    picture = Picture(GREY)
    assert picture.grey("matlab") is picture.grey("pillow") is picture.channel(2) is picture.side_by_side()


def test_images_are_remembered_with_their_features() -> None:
    picture = Picture(COLOUR)
    before = picture.remembered_bytes()
    picture.grey("matlab").once(torch.sqrt)
    assert picture.grey("matlab") is picture.grey("matlab")
    assert picture.remembered_bytes() - before == 2 * GREY.numel() * 8


def test_conventions_have_their_toolbox_s_way_with_colour() -> None:
    for one in map(METRICS.get, METRICS.names()):
        for name, behaviour in one.conventions.items():
            toolbox = TOOLBOXES.get(name, Toolbox())
            channels = "side-by-side" if (one.name, name) == ("SF", "vifb") else toolbox.channels
            assert (behaviour.channels, behaviour.grey) == (channels, toolbox.grey), (one.name, name)


@pytest.mark.parametrize("convention", ["tang", "vifb", "mefb", "zliu"])
def test_a_grey_fused_picture_beside_colour_under_matlab_toolboxes(convention: str) -> None:
    """Where each channel is scored, too, it is rgb2gray that takes the sources' luminance."""
    colours = [[167, 6, 18], [116, 242, 147], [229, 191, 8], [65, 210, 121]]  # another grey by BT.601
    source = Picture(torch.tensor(colours, dtype=torch.float64).T.reshape(1, 3, 1, 4))
    fused = Picture(torch.zeros(1, 1, 1, 4, dtype=torch.float64))
    behaviour = Convention({}, "for this test").named(convention, 1)
    assert metric()(fused, source, source, behaviour).item() == -(55 + 194 + 181 + 157)


def test_smallest_side_of_a_convention_goes_before_the_metric_s() -> None:
    one = replace(
        metric(), smallest=5, options={"small": Convention({}, "small", smallest=2), "other": Convention({}, "other")}
    )
    tiny = Picture(GREY[..., :2])
    assert one(tiny, tiny, tiny, one.behaviour("default", "small")).shape == (2,)
    with pytest.raises(MetricError, match="X needs images of at least 5x5 pixels; this one is 2x4"):
        one(tiny, tiny, tiny, one.behaviour("default", "other"))
