"""Decoding and encoding of image files."""

import re
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from hifbench.datasets._images import image_size, is_image, is_lossy, read_image, read_pair, write_image
from hifbench.errors import PairError, UsageError

GREY = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
COLOUR = np.stack([GREY, GREY[::-1], GREY[:, ::-1]], axis=-1)


def levels(image: torch.Tensor) -> np.ndarray:
    """Whole levels of an image that was read; fails when it is not multiples of 1/255 to the last bit."""
    assert image.dtype == torch.float32
    whole = (image.to(torch.float64) * 255).round()
    assert torch.equal((whole / 255).to(torch.float32), image)
    return whole.numpy().astype(np.uint8)


@pytest.mark.parametrize("name", ["a.png", "a.BMP", "a.tif", "a.TIFF", "a.Png"])
def test_every_lossless_format_gives_the_levels_back(tmp_path: Path, name: str) -> None:
    for pixels in (GREY, COLOUR):
        Image.fromarray(pixels).save(tmp_path / name)
        np.testing.assert_array_equal(levels(read_image(tmp_path / name)), pixels)


def test_jpeg_is_read(tmp_path: Path) -> None:
    Image.fromarray(np.full((16, 16), 77, np.uint8)).save(tmp_path / "a.JPG", format="JPEG")
    np.testing.assert_array_equal(levels(read_image(tmp_path / "a.JPG")), np.full((16, 16), 77))


def test_colour_of_equal_channels_becomes_one_channel(tmp_path: Path) -> None:
    Image.fromarray(np.stack([GREY] * 3, axis=-1)).save(tmp_path / "a.png")
    np.testing.assert_array_equal(levels(read_image(tmp_path / "a.png")), GREY)


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_one_differing_pixel_keeps_colour(tmp_path: Path, channel: int) -> None:
    pixels = np.stack([GREY] * 3, axis=-1)
    pixels[1, 2, channel] += 1
    Image.fromarray(pixels).save(tmp_path / "a.png")
    np.testing.assert_array_equal(levels(read_image(tmp_path / "a.png")), pixels)


def test_palette_is_resolved_and_its_transparency_refused(tmp_path: Path) -> None:
    indexed = Image.fromarray(np.array([[0, 1], [2, 3]], np.uint8), mode=None)
    indexed = indexed.convert("P")
    indexed.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120])
    indexed.save(tmp_path / "a.png")
    expected = [[[10, 20, 30], [40, 50, 60]], [[70, 80, 90], [100, 110, 120]]]
    np.testing.assert_array_equal(levels(read_image(tmp_path / "a.png")), expected)
    indexed.save(tmp_path / "a.png", transparency=bytes([255, 255, 255, 7]))
    with pytest.raises(PairError, match="transparent in places"):
        read_image(tmp_path / "a.png")


def test_grey_palette_is_not_taken_for_its_indices(tmp_path: Path) -> None:
    indexed = Image.fromarray(np.array([[0, 1]], np.uint8)).convert("P")
    indexed.putpalette([200, 200, 200, 100, 100, 100])
    indexed.save(tmp_path / "a.bmp")
    np.testing.assert_array_equal(levels(read_image(tmp_path / "a.bmp")), [[200, 100]])


@pytest.mark.parametrize(("mode", "pixels"), [("RGBA", COLOUR), ("LA", GREY)])
def test_opaque_alpha_is_dropped_and_transparency_refused(tmp_path: Path, mode: str, pixels: np.ndarray) -> None:
    image = Image.fromarray(pixels).convert(mode)
    image.save(tmp_path / "a.png")
    np.testing.assert_array_equal(levels(read_image(tmp_path / "a.png")), pixels)
    alpha = np.full(GREY.shape, 255, np.uint8)
    alpha[0, 0] = 254
    image.putalpha(Image.fromarray(alpha))
    image.save(tmp_path / "a.png")
    with pytest.raises(PairError, match="transparent in places"):
        read_image(tmp_path / "a.png")


def test_bilevel_becomes_black_and_white(tmp_path: Path) -> None:
    Image.fromarray(np.array([[True, False, True]])).save(tmp_path / "a.png")
    np.testing.assert_array_equal(levels(read_image(tmp_path / "a.png")), [[255, 0, 255]])


@pytest.mark.parametrize(("suffix", "kind"), [("png", np.uint16), ("tif", np.uint16), ("tif", np.int32)])
def test_more_than_eight_bit_are_refused(tmp_path: Path, suffix: str, kind: type) -> None:
    Image.fromarray(np.array([[3000, 4260]], kind)).save(tmp_path / f"a.{suffix}")
    with pytest.raises(PairError, match=r"more than 8 bit \(3000 to 4260\).*stretch them"):
        read_image(tmp_path / f"a.{suffix}")


@pytest.mark.parametrize("mode", ["CMYK", "F", "LAB"])
def test_modes_without_an_eight_bit_reading_are_refused_by_name(tmp_path: Path, mode: str) -> None:
    Image.new(mode, (4, 3)).save(tmp_path / "a.tif")
    with pytest.raises(PairError, match=re.escape(f"{tmp_path / 'a.tif'} is of Pillow's mode {mode}")):
        read_image(tmp_path / "a.tif")


def test_band_takes_one_channel_and_leaves_grey_alone(tmp_path: Path) -> None:
    Image.fromarray(COLOUR).save(tmp_path / "colour.png")
    Image.fromarray(GREY).save(tmp_path / "grey.png")
    np.testing.assert_array_equal(levels(read_image(tmp_path / "colour.png", band=1)), COLOUR[..., 1])
    np.testing.assert_array_equal(levels(read_image(tmp_path / "grey.png", band=1)), GREY)


def noise_file(path: Path) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path.read_bytes()


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "jpg"])
@pytest.mark.parametrize("keep", [1, 10, 40, 200, 2000])
def test_truncated_files_are_a_pair_error_of_one_line(tmp_path: Path, suffix: str, keep: int) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(noise_file(path)[:keep])
    with pytest.raises(PairError, match=re.escape(f"cannot read {path} (")) as caught:
        read_image(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "jpg"])
def test_damaged_bytes_never_escape_as_another_error(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    whole = noise_file(path)
    random = np.random.default_rng(1)
    refused = 0
    for _ in range(300):
        damaged = bytearray(whole)
        for position in random.integers(0, min(len(whole), 300), 4):
            damaged[position] = int(random.integers(256))
        path.write_bytes(damaged)
        try:
            image = read_image(path)
        except PairError:
            refused += 1
        else:
            assert image.ndim in (2, 3)
    assert refused > 0


def test_a_corrupt_png_checksum_is_refused(tmp_path: Path) -> None:
    whole = bytearray(noise_file(tmp_path / "a.png"))
    whole[30] ^= 0xFF  # inside the header chunk's checksum
    (tmp_path / "a.png").write_bytes(whole)
    with pytest.raises(PairError, match="cannot read"):
        read_image(tmp_path / "a.png")


def test_empty_missing_and_foreign_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("no image")
    Image.fromarray(GREY).save(tmp_path / "gif.png", format="GIF")
    with pytest.raises(PairError, match=r"empty\.png \(empty\)"):
        read_image(tmp_path / "empty.png")
    with pytest.raises(PairError, match=r"no file .*absent"):
        read_image(tmp_path / "absent.png")
    with pytest.raises(PairError, match="no file"):
        read_image(tmp_path)
    for name in ("text.png", "gif.png"):
        with pytest.raises(PairError, match=f"cannot read .*{name}"):
            read_image(tmp_path / name)


def test_huge_pictures_warn_nobody_and_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.fromarray(GREY).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)  # 12 pixels: Pillow warns
    np.testing.assert_array_equal(levels(read_image(tmp_path / "a.png")), GREY)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 5)  # more than twice as many: Pillow refuses
    with pytest.raises(PairError, match="DecompressionBombError"):
        read_image(tmp_path / "a.png")


def test_the_head_of_a_bomb_is_refused_and_never_lossy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("L", (40, 40)).save(tmp_path / "large.jpg")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(PairError, match=r"large\.jpg"):
        image_size(tmp_path / "large.jpg")
    assert not is_lossy(tmp_path / "large.jpg")


def test_reading_leaves_the_callers_warning_filters_alone(tmp_path: Path) -> None:
    Image.fromarray(GREY).save(tmp_path / "a.png")
    before = list(warnings.filters)
    read_image(tmp_path / "a.png")
    assert warnings.filters == before


def test_pair_reduces_colour_infrared_to_rounded_luminance(tmp_path: Path) -> None:
    Image.fromarray(COLOUR).save(tmp_path / "ir.png")
    Image.fromarray(COLOUR).save(tmp_path / "vis.png")
    ir, vis = read_pair("p", tmp_path / "ir.png", tmp_path / "vis.png")
    weighted = COLOUR.astype(np.int64) @ np.array([299, 587, 114])
    np.testing.assert_array_equal(levels(ir), (weighted + 500) // 1000)
    np.testing.assert_array_equal(levels(vis), COLOUR)


def test_pair_of_unequal_sizes_names_both_sizes_and_files(tmp_path: Path) -> None:
    Image.fromarray(GREY).save(tmp_path / "ir.png")
    Image.fromarray(GREY[:2]).save(tmp_path / "vis.png")
    with pytest.raises(PairError) as caught:
        read_pair("night/7", tmp_path / "ir.png", tmp_path / "vis.png")
    for part in ("night/7", "4x3", "4x2", str(tmp_path / "ir.png"), str(tmp_path / "vis.png")):
        assert part in str(caught.value)


def test_sources_that_look_swapped_are_refused_and_a_tint_is_not(tmp_path: Path) -> None:
    grey = np.random.default_rng(0).integers(0, 256, (8, 9), dtype=np.uint8)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    colour = np.stack([grey, grey // 2, 255 - grey], -1)
    Image.fromarray(colour).save(tmp_path / "colour.png")
    tinted = np.stack([grey, np.minimum(grey, 250) + 5, grey], -1)
    Image.fromarray(tinted).save(tmp_path / "tinted.png")
    with pytest.raises(PairError, match=r"pair 'p': .*colour.png \(infrared\) is in colour .* swapped; swap the two"):
        read_pair("p", tmp_path / "colour.png", tmp_path / "grey.png")
    for ir, vis in (("grey", "colour"), ("colour", "colour"), ("tinted", "grey")):
        assert read_pair("p", tmp_path / f"{ir}.png", tmp_path / f"{vis}.png")[0].shape == (8, 9)


def test_pair_error_names_the_pair_and_the_file(tmp_path: Path) -> None:
    Image.fromarray(GREY).save(tmp_path / "ir.png")
    with pytest.raises(PairError, match=r"pair 'p': no file .*vis\.png"):
        read_pair("p", tmp_path / "ir.png", tmp_path / "vis.png")


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float64, torch.float32, torch.int64])
def test_what_is_written_is_read_back(tmp_path: Path, dtype: torch.dtype) -> None:
    for pixels in (GREY[None], COLOUR.transpose(2, 0, 1)):
        path = tmp_path / "deep" / "er" / "out.png"
        write_image(path, torch.from_numpy(np.ascontiguousarray(pixels)).to(dtype))
        expected = pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0)
        np.testing.assert_array_equal(levels(read_image(path)), expected)
        assert [entry.name for entry in path.parent.iterdir()] == ["out.png"]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out.png"
    write_image(path, torch.zeros(1, 2, 2))

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(UsageError, match=r"cannot write .*out\.png: No space left"):
        write_image(path, torch.ones(1, 2, 2))
    assert levels(read_image(path)).sum() == 0
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.png"]


@pytest.mark.parametrize(
    "values",
    [
        torch.zeros(2, 4, 4),
        torch.zeros(4, 4),
        torch.full((1, 2, 2), 0.5),
        torch.full((1, 2, 2), 256.0),
        torch.full((1, 2, 2), -1.0),
        torch.full((1, 2, 2), float("nan")),
    ],
)
def test_what_is_no_image_is_not_written(tmp_path: Path, values: torch.Tensor) -> None:
    with pytest.raises(ValueError, match="an image to write"):
        write_image(tmp_path / "out.png", values)
    assert not (tmp_path / "out.png").exists()


def test_only_png_is_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"end in \.png"):
        write_image(tmp_path / "out.jpg", torch.zeros(1, 2, 2))


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.png", True), ("a.JPEG", True), (".a.png", False), ("Thumbs.db", False), ("a.txt", False), ("png", False)],
)
def test_is_image_goes_by_the_name(name: str, expected: bool) -> None:
    assert is_image(Path("folder") / name) is expected
