from __future__ import annotations

import math

import torch

from hifbench.detection.tiny.network import TinyNet, corners


def test_it_is_small_and_its_maps_have_a_quarter_of_the_sides() -> None:
    network = TinyNet(3).eval()
    assert sum(parameter.numel() for parameter in network.parameters()) < 400_000
    centres, boxes = network(torch.rand(2, 1, 48, 80))
    assert centres.shape == (2, 3, 12, 20)
    assert boxes.shape == (2, 4, 12, 20)


def test_brightness_and_contrast_of_the_picture_do_not_count() -> None:
    torch.manual_seed(0)
    network, picture = TinyNet(2).eval(), torch.rand(1, 1, 32, 32)
    plain, darker = network(picture), network(0.5 * picture + 0.1)
    for first, second in zip(plain, darker, strict=True):
        torch.testing.assert_close(first, second, atol=0.05, rtol=0.05)  # a 255th is added to the deviation
    assert network(torch.zeros(1, 1, 32, 32))[0].isfinite().all()


def test_boxes_stand_at_their_places() -> None:
    said = torch.zeros(1, 4, 3, 5)
    said[0, :, 2, 4] = torch.tensor([0.25, -0.5, math.log(2), math.log(0.5)])
    found = corners(said)[0]
    assert found[:, 0, 0].tolist() == [2 - 8, 2 - 8, 2 + 8, 2 + 8]
    torch.testing.assert_close(found[:, 2, 4], torch.tensor([19.0 - 16, 8 - 4, 19 + 16, 8 + 4]))
