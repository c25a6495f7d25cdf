"""The default definitions and named options against published toolboxes, on this project's synthetic images."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from hifbench.color import luminance

FOLDER = Path(__file__).parent.parent / "golden" / "own"
GREY = ("o1", "o2", "o3", "o4")
CROPS = tuple(f"crops32/c{k}" for k in range(1, 7))

TANG = "Linfeng-Tang/Evaluation-for-Image-Fusion"
LIU = "zhengliu6699/imageFusionMetrics"
DUNG = "dungdz67/Image-Fusion-Metric"

# metric, column, implementation, beginning of the convention, rows, tolerance: (further fields)
CLAIMS: list[tuple[str, str, str, str, int, float, dict[str, tuple[str, ...]]]] = [
    ("EN", "EN", TANG, "entropy() on uint8", 4, 1e-6, {}),
    ("EN", "EN", "VIFB", "log2", 4, 1e-6, {}),
    ("EN", "EN", "CDDFuse", "float32 in", 4, 1e-6, {}),
    ("EN", "EN", DUNG, "", 4, 1e-6, {}),
    ("AG", "AG", TANG, "gradient() central", 4, 1e-6, {}),
    ("AG", "AG", "VIFB", "/((M-1)(N-1))", 4, 1e-6, {}),
    ("AG", "AG", DUNG, "gradient", 4, 1e-6, {}),
    ("AG@forward", "AG", "thfylsty/Objective-evaluation-for-image-fusion:Definition.m", "", 4, 1e-6, {}),
    ("PSNR", "PSNR", "octave-image immse", "P1", 4, 1e-6, {}),
    ("PSNR", "PSNR", "scikit-image", "mean of two", 4, 1e-6, {}),
    ("PSNR", "PSNR", "sewar", "mean of two", 4, 1e-6, {}),
    ("PSNR", "PSNR", "piq", "mean of two", 4, 1e-6, {}),
    ("PSNR", "PSNR", DUNG, "mean of the two", 4, 1e-6, {}),
    ("PSNR@averaged-mse", "PSNR", "octave-image immse", "P2", 4, 1e-6, {}),
    ("SSIM", "SSIM", LIU, "Wang valid", 4, 1e-6, {}),
    ("SSIM", "SSIM", "scikit-image", "gaussian_weights", 4, 1e-6, {}),
    ("SSIM", "SSIM", "piq", "downsample=False", 4, 1e-6, {}),
    ("SSIM", "SSIM_ir", LIU, "", 4, 1e-6, {"sources": ("ir", "ir")}),
    ("SSIM", "SSIM_vi", LIU, "", 4, 1e-6, {"sources": ("vi", "vi")}),
    ("SSIM@sum", "SSIM", "VIFB", "valid; L=255; SUM", 4, 1e-6, {}),
    ("SSIM@matlab", "SSIM", "MATLAB ssim() semantics", "uint8 inputs L=255; mean", 4, 1e-6, {}),
    ("SSIM@matlab", "SSIM", DUNG, "MATLAB-ssim port; dynamic_range=255", 4, 1e-6, {}),
    ("UIQI", "UIQI", LIU, "K=[0 0]", 4, 1e-6, {}),
    ("UIQI", "UIQI_ir", LIU, "K=[0 0]", 4, 1e-6, {"sources": ("ir", "ir")}),
    ("UIQI", "UIQI_vi", LIU, "K=[0 0]", 4, 1e-6, {"sources": ("vi", "vi")}),
    ("VIF", "VIF", TANG, "VIFp(ir;F)+VIFp(vi;F)", 4, 1e-6, {}),
    ("VIF", "VIF", DUNG, "VIFp sum", 4, 1e-6, {}),
    ("VIF", "VIF", "CDDFuse", "same; float64 in", 4, 1e-6, {}),
    ("VIF", "VIF", "sewar", "sum", 4, 1e-6, {}),
    ("VIF", "VIF", "torchmetrics", "VIFp", 4, 1e-6, {}),
    ("VIF@mean", "VIFp_ir", TANG, "", 4, 1e-6, {"sources": ("ir", "ir")}),
    ("VIF@mean", "VIFp_vi", TANG, "", 4, 1e-6, {"sources": ("vi", "vi")}),
    ("VIFF", "VIFF", "VIFF_Public.m", "author file; ir first", 4, 1e-6, {}),
    ("VIFF", "VIFF", "MEFB", "sources swapped (ir first)", 4, 1e-6, {}),
    ("VIFF", "VIFF", DUNG, "Han 2013", 4, 1e-6, {}),
    ("VIFF@vis-first", "VIFF", "MEFB", "Han 2013", 4, 1e-6, {}),
    ("QP", "Q_P", LIU, "double 0..255", 4, 1e-5, {}),
    ("QP", "Q_P", "MEFB", "", 4, 1e-5, {}),
    ("FMI", "FMI_edge", "mhaghighat/fmi", "w=3; image/255", 6, 1e-10, {"triples": CROPS}),
    ("FMI", "FMI_edge", "mhaghighat/fmi", "w=3; image/256", 6, 1e-10, {"triples": CROPS}),
    ("FMI", "FMI_edge", "own.py", "DERIVED full size; Octave edge() semantics on 0..255", 4, 1e-10, {}),
]

# The colour triple. These toolboxes convert to grey with MATLAB's rgb2gray, of which ours differs by a level here
# and there, or score a channel alone; so the images given to the metric are theirs.
COLOUR_CLAIMS: list[tuple[str, str, str, str, str]] = [
    ("EN", "EN", TANG, "rgb2gray", "matlab"),
    ("AG", "AG", TANG, "rgb2gray", "matlab"),
    ("VIF", "VIF", TANG, "rgb2gray", "matlab"),
    ("SSIM@matlab", "SSIM", "MATLAB ssim()", "rgb2gray", "matlab"),
    *(
        (metric, column, "VIFB", f"channel {channel} alone", channel)
        for metric, column in (("EN", "EN"), ("AG", "AG"), ("SSIM@sum", "SSIM"))
        for channel in "RGB"
    ),
]


@pytest.fixture(scope="module")
def load(read_grey: Callable[[Path], np.ndarray]) -> Callable[[str], np.ndarray]:
    return lambda name: read_grey(FOLDER / f"{name}.png")


def _label(claim: tuple) -> str:
    return f"{claim[0]}-{claim[1]}-{claim[2].rpartition('/')[2]}-{claim[3][:24]}"


def matlab_grey(picture: np.ndarray) -> np.ndarray:
    """``rgb2gray``: weights of six digits, and rounding of the sum."""
    red, green, blue = (picture[..., channel].astype(np.float64) for channel in range(3))
    return np.floor(0.298936 * red + 0.587043 * green + 0.114021 * blue + 0.5).astype(np.uint8)


def test_images_are_the_ones_that_were_scored(load):
    lines = (FOLDER / "pixels.sha256").read_text().splitlines()
    assert len(lines) == 32
    for line in lines:
        digest, name, shape = line.split()
        pixels = load(name)
        assert pixels.dtype == np.uint8
        assert "x".join(map(str, pixels.shape)) == shape
        assert hashlib.sha256(pixels.tobytes()).hexdigest() == digest, name


@pytest.mark.parametrize("claim", CLAIMS, ids=_label)
def test_toolbox(claim, golden, load, read_table, make_claim):
    *fields, tolerance, extra = claim
    claim = make_claim(*fields, tolerance=tolerance, **{"triples": GREY, **extra})
    golden.check(claim, read_table(FOLDER / "golden.csv"), load)


def test_canonical_columns(golden, load, read_table):
    golden.check_canonical(read_table(FOLDER / "golden-canonical.csv"), load, triples=4)


@pytest.mark.parametrize("rule", ["OpenCV cvtColor BGR2GRAY on uint8", 'Pillow convert("L")'])
def test_our_grey_is_that_of_opencv_and_pillow(rule, load, read_table):
    rows = [row for row in read_table(FOLDER / "grey-conversions.csv") if row["rule"].startswith(rule)]
    assert len(rows) == 2
    for row in rows:
        picture = torch.from_numpy(load(row["image"]).astype(np.float64)).permute(2, 0, 1)[None]
        grey = luminance(picture).to(torch.uint8).numpy()
        assert hashlib.sha256(grey.tobytes()).hexdigest() == row["sha256_of_uint8_pixels"]


@pytest.fixture(scope="module")
def colour_loaders(load, read_table) -> dict[str, Callable[[str], np.ndarray]]:
    """Loaders of the colour triple, by the grey image that they make of it."""

    def loader(convert: Callable[[np.ndarray], np.ndarray]) -> Callable[[str], np.ndarray]:
        return lambda name: load("o1_ir") if name == "o1c_ir" else convert(load(name))

    rows = {row["image"]: row for row in read_table(FOLDER / "grey-conversions.csv") if "rgb2gray" in row["rule"]}
    for name, row in rows.items():
        grey = matlab_grey(load(name))
        assert hashlib.sha256(grey.tobytes()).hexdigest() == row["sha256_of_uint8_pixels"]
    channels = {name: loader(lambda rgb, k=k: rgb[..., k]) for k, name in enumerate("RGB")}
    return {"matlab": loader(matlab_grey), **channels}


@pytest.mark.parametrize("claim", COLOUR_CLAIMS, ids=_label)
def test_colour_triple(claim, golden, colour_loaders, read_table, make_claim):
    *fields, grey = claim
    golden.check(make_claim(*fields, rows=1, triples=("o1c",)), read_table(FOLDER / "golden.csv"), colour_loaders[grey])
