"""Feature mutual information against a loop over the windows, and the edge map against a loop over the pixels."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from hifbench.metrics._binary_windows import pair_scores, window_codes
from hifbench.metrics._edges import sobel_edges
from hifbench.metrics._image import Image
from hifbench.metrics.fmi import fmi


def plain_edges(image: np.ndarray) -> np.ndarray:
    height, width = image.shape
    framed = np.pad(image.astype(int), 1, mode="edge")
    strength = np.zeros((height, width), dtype=int)
    for r in range(height):
        for c in range(width):
            w = framed[r : r + 3, c : c + 3]
            across = (w[0, 2] + 2 * w[1, 2] + w[2, 2]) - (w[0, 0] + 2 * w[1, 0] + w[2, 0])
            down = (w[2, 0] + 2 * w[2, 1] + w[2, 2]) - (w[0, 0] + 2 * w[0, 1] + w[0, 2])
            strength[r, c] = across**2 + down**2
    strength[strength * strength.size <= 4 * strength.sum()] = 0
    framed = np.pad(strength, 1)
    edges = np.zeros((height, width), dtype=int)
    for r in range(height):
        for c in range(width):
            s = strength[r, c]
            edges[r, c] = (s > framed[r + 1, c] and s > framed[r + 1, c + 2]) or (
                s > framed[r, c + 1] and s > framed[r + 2, c + 1]
            )
    return edges


def plain_score(x: np.ndarray, f: np.ndarray) -> float:
    """One pair of windows, as section 6 of the metrics specification describes it."""
    if np.array_equal(x, f) or (np.ptp(x) == 0 and np.ptp(f) == 0):
        return 1.0
    shares = []
    for window in (x, f):
        column = window.astype(float).ravel(order="F")
        low, high = column.min(), column.max()
        column = np.ones(9) if low == high else (column - low) / (high - low)
        shares.append(column / column.sum())
    p, q = shares
    entropies = [-sum(v * math.log2(v) for v in share if v > 0) for share in shares]
    deviations = []
    for share in shares:
        mean = sum(k * v for k, v in enumerate(share, 1))
        deviations.append(math.sqrt(max(sum(k * k * v for k, v in enumerate(share, 1)) - mean**2, 0)))
    centred = p - 1 / 9, q - 1 / 9
    cross = float(centred[0] @ centred[1])
    lengths = math.sqrt(float(centred[0] @ centred[0]) * float(centred[1] @ centred[1]))
    r = cross / lengths if abs(cross) > 1e-15 else 0.0
    big_f, big_g = np.cumsum(p), np.cumsum(q)

    def bound(i: int, j: int) -> float:
        if i < 0 or j < 0:
            return 0.0
        return min(big_f[i], big_g[j]) if r >= 0 else max(big_f[i] + big_g[j] - 1, 0.0)

    blend = 0.0
    if r != 0 and min(deviations) > 1e-12:
        reach = sum(bound(i, j) - big_f[i] * big_g[j] for i in range(9) for j in range(9))
        blend = r / (reach / (deviations[0] * deviations[1]))
    joint_entropy = 0.0
    for i in range(9):
        for j in range(9):
            cell = bound(i, j) - bound(i - 1, j) - bound(i, j - 1) + bound(i - 1, j - 1)
            cell = blend * cell + (1 - blend) * p[i] * q[j]
            if abs(cell) > 1e-300:
                joint_entropy -= cell * math.log2(abs(cell))
    total = sum(entropies)
    return 2 * (total - joint_entropy) / total if total else 0.0


def plain_fmi(fused: np.ndarray, ir: np.ndarray, vis: np.ndarray) -> float:
    f, a, b = (plain_edges(image) for image in (fused, ir, vis))
    scores = []
    for r in range(f.shape[0] - 2):
        for c in range(f.shape[1] - 2):
            window = np.s_[r : r + 3, c : c + 3]
            scores.append((plain_score(a[window], f[window]) + plain_score(b[window], f[window])) / 2)
    return float(np.mean(scores))


def scene(seed: int, height: int, width: int) -> np.ndarray:
    """Three related images with steps, ties and noise."""
    random = np.random.default_rng(seed)
    steps = np.kron(random.integers(0, 2, (3, 4, 4)), np.ones((1, 8, 8)))[:, :height, :width] * 120
    return (steps + random.integers(0, 30, (height, width))).astype(int)


@pytest.mark.parametrize(("seed", "height", "width"), [(0, 12, 12), (1, 9, 20), (2, 25, 7), (3, 3, 3)])
def test_loop(seed, height, width):
    levels = scene(seed, height, width)
    images = [Image(torch.from_numpy(each.astype(np.float64))[None, None]) for each in levels]
    assert float(fmi(*images)) == pytest.approx(plain_fmi(*levels), abs=1e-12)


def test_edges_in_a_batch():
    levels = np.concatenate([scene(seed, 14, 17) for seed in range(4)])
    edges = sobel_edges(torch.from_numpy(levels.astype(np.float64))[:, None])
    assert edges.any()
    for found, image in zip(edges[:, 0].numpy(), levels, strict=True):
        np.testing.assert_array_equal(found, plain_edges(image).astype(bool))


def test_scores_of_pairs_of_windows():
    random = np.random.default_rng(9)
    # All windows with a single pixel and both constant ones, where the limits are, and some of the others.
    chosen = [0, 511, *(1 << k for k in range(9)), *random.integers(0, 512, 12).tolist()]
    windows = [((code >> np.arange(9)) & 1).reshape(3, 3, order="F") for code in chosen]
    codes = torch.tensor(chosen, dtype=torch.int16)
    found = pair_scores(codes[:, None].expand(-1, len(chosen)), codes.expand(len(chosen), -1)).numpy()
    expected = [[plain_score(x, f) for f in windows] for x in windows]
    np.testing.assert_allclose(found, expected, atol=1e-12)
    np.testing.assert_array_equal(np.diag(found), 1)


def test_codes_count_down_the_columns():
    window = torch.zeros(1, 1, 3, 3, dtype=torch.bool)
    window[0, 0, 2, 0] = window[0, 0, 0, 1] = True
    assert window_codes(window).item() == (1 << 2) + (1 << 3)
