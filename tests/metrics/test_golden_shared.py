"""The default definitions and named options against published toolboxes, on the real triples of the facts folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

TANG = "Linfeng-Tang/Evaluation-for-Image-Fusion"
LIU = "zhengliu6699/imageFusionMetrics"
DUNG = "dungdz67/Image-Fusion-Metric"
FMI_ROWS = "w=3; 0..255"

# metric, column, implementation, beginning of the convention, rows, tolerance, sources
CLAIMS: list[tuple[str, str, str, str, int, float, tuple[str, str]]] = [
    ("EN", "EN", TANG, "", 8, 1e-6, ("ir", "vi")),
    ("AG", "AG", TANG, "gradient() central", 8, 1e-6, ("ir", "vi")),
    ("PSNR", "PSNR", "octave-image immse", "P1", 8, 1e-6, ("ir", "vi")),
    ("PSNR", "PSNR", "scikit-image", "mean of two", 8, 1e-6, ("ir", "vi")),
    ("PSNR@averaged-mse", "PSNR", "octave-image immse", "P2", 8, 1e-6, ("ir", "vi")),
    ("SSIM", "SSIM", LIU, "Wang valid", 8, 1e-6, ("ir", "vi")),
    ("SSIM", "SSIM", "scikit-image", "gaussian_weights", 8, 1e-6, ("ir", "vi")),
    ("SSIM", "SSIM", "piq", "downsample=False", 6, 1e-6, ("ir", "vi")),
    ("SSIM", "SSIM_ir", LIU, "", 8, 1e-6, ("ir", "ir")),
    ("SSIM", "SSIM_vi", LIU, "", 8, 1e-6, ("vi", "vi")),
    ("SSIM@sum", "SSIM", "VIFB", "valid; L=255; SUM", 8, 1e-6, ("ir", "vi")),
    ("SSIM@matlab", "SSIM", "MATLAB ssim() semantics", "uint8 inputs L=255; mean", 8, 1e-6, ("ir", "vi")),
    ("UIQI", "UIQI", LIU, "K=[0 0]", 8, 1e-6, ("ir", "vi")),
    ("UIQI", "UIQI_ir", LIU, "K=[0 0]", 8, 1e-6, ("ir", "ir")),
    ("UIQI", "UIQI_vi", LIU, "K=[0 0]", 8, 1e-6, ("vi", "vi")),
    ("VIF", "VIF", TANG, "VIFp(ir;F)+VIFp(vi;F)", 8, 1e-6, ("ir", "vi")),
    ("VIF", "VIF", DUNG, "VIFp sum", 8, 1e-6, ("ir", "vi")),
    ("VIF", "VIF", "sewar", "sum", 4, 1e-6, ("ir", "vi")),
    ("VIF@mean", "VIFp_ir", TANG, "", 8, 1e-6, ("ir", "ir")),
    ("VIF@mean", "VIFp_vi", TANG, "", 8, 1e-6, ("vi", "vi")),
    ("VIFF", "VIFF", "VIFF_Public.m", "author file; ir first", 8, 1e-6, ("ir", "vi")),
    ("VIFF", "VIFF", DUNG, "Han 2013", 8, 1e-6, ("ir", "vi")),
    ("VIFF@vis-first", "VIFF", "MEFB", "Han 2013", 8, 1e-6, ("ir", "vi")),
    ("QP", "Q_P", LIU, "double 0..255", 8, 1e-5, ("ir", "vi")),
    ("QP", "Q_P", "MEFB", "", 8, 1e-5, ("ir", "vi")),
]


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    return shared / "golden" / "metrics"


@pytest.fixture(scope="module")
def load(folder: Path, read_grey: Callable[[Path], np.ndarray]) -> Callable[[str], np.ndarray]:
    return lambda name: read_grey(folder / "triples" / f"{name}.png")


def _label(claim: tuple) -> str:
    return f"{claim[0]}-{claim[1]}-{claim[2].rpartition('/')[2]}"


@pytest.mark.parametrize("claim", CLAIMS, ids=_label)
def test_toolbox(claim, folder, golden, load, read_table, make_claim):
    *fields, sources = claim
    golden.check(make_claim(*fields, sources=sources), read_table(folder / "golden.csv"), load)


def test_canonical_columns(folder, golden, load, read_table):
    golden.check_canonical(read_table(folder / "golden-canonical.csv"), load, triples=8)


def test_fmi_of_whole_images(folder, golden, load, read_table, make_claim):
    claim = make_claim("FMI", "FMI_edge", "fmi_binary", "Octave edge() semantics", 8, tolerance=1e-6)
    golden.check(claim, read_table(folder / "fmi-fullsize-derived.csv"), load)


def test_fmi_of_crops(folder, golden, load, read_table, make_claim):
    # The toolbox was given image / 255, so rounding decided the ties between equal gradients; of the eleven crops
    # that moves one, in a saturated area.
    table = read_table(folder / "golden.csv")
    moved = "crops32/t10f_flat"
    crops = {row["triple"] for row in table if row["triple"].startswith("crops32/")}
    exact = tuple(sorted(crops - {moved}))
    golden.check(make_claim("FMI", "FMI_edge", "mhaghighat", FMI_ROWS, 10, 1e-6, exact), table, load)
    golden.check(make_claim("FMI", "FMI_edge", "mhaghighat", FMI_ROWS, 1, 5e-3, (moved,)), table, load)
