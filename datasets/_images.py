"""Image files to tensors and back: the only place that decodes or encodes pictures.

What comes out of a file is what an 8-bit viewer shows, or an error: palettes are resolved, an opaque alpha is dropped,
and colour whose three channels are equal becomes one channel. Nothing is ever resized, and no orientation tag
is applied.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from torch import Tensor

from ..color import luminance
from ..errors import PairError, UsageError
from ..storage import replacing

SUFFIXES = frozenset({".png", ".bmp", ".tif", ".tiff", ".jpg", ".jpeg"})

_NOTE = "hifbench"
_FORMATS = ("PNG", "BMP", "TIFF", "JPEG")
_COLOURED = 8.0  # mean difference between the channels, in grey levels, that no compression makes of grey
_MEND = "give an 8-bit grey or RGB file (PNG, BMP, TIFF or JPEG)"


def is_image(path: Path) -> bool:
    """Whether the name says image: one of ``SUFFIXES`` in any case, and not hidden."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def read_image(path: Path, band: int | None = None, *, as_stored: bool = False) -> Tensor:
    """Read one image file.

    16-bit grey is refused: the metrics are defined on 8 bit, and how 12, 14 or 16 bits become 8 decides every score,
    so it is the user's to say. Pillow itself keeps the upper byte of 16-bit colour. Of several pages the first is read.

    Args:
        path: a PNG, BMP, TIFF or JPEG file.
        band: 0, 1 or 2 to keep only the red, green or blue channel of colour; None for all.
        as_stored: keep three equal channels as three, for toolboxes that score each channel of a file.

    Returns:
        (H, W) for grey, (H, W, 3) red-green-blue for colour; float32 in [0, 1], whole multiples of 1/255.

    Raises:
        PairError: the file is missing, empty, corrupt, truncated, or of a kind that has no 8-bit reading.
    """
    levels = _decode(path)
    if not as_stored:
        levels = drop_equal_channels(levels)
    if levels.ndim == 3 and band is not None:
        levels = levels[..., band]
    return as_tensor(levels)


def drop_equal_channels(levels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """(H, W) of an (H, W, 3) whose channels are equal; anything else as it is."""
    if levels.ndim == 3 and all(np.array_equal(levels[..., 0], levels[..., channel]) for channel in (1, 2)):
        return levels[..., 0]
    return levels


def as_tensor(levels: npt.NDArray[np.uint8]) -> Tensor:
    """Levels 0..255 as float32 in [0, 1], whole multiples of 1/255."""
    return torch.from_numpy(levels.astype(np.float32) / np.float32(255))


def image_size(path: Path) -> tuple[int, int]:
    """Width and height in pixels, from the file's head alone.

    Raises:
        PairError: there is no such file, or it is no image.
    """
    if not path.is_file():
        raise _absent(path)
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=_FORMATS) as picture:
            return picture.size
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise PairError(f"cannot read {path} ({' '.join(str(error).split())}); {_MEND}") from error


def _absent(path: Path) -> PairError:
    return PairError(f"no file {path}; put it there or leave the pair out")


def is_lossy(path: Path) -> bool:
    """Whether a file holds JPEG, whatever its name says; false for one that is no image."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=_FORMATS) as picture:
            return picture.format == "JPEG" or "jpeg" in str(picture.info.get("compression"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return False


def read_pair(id: str, ir_path: Path, vis_path: Path, vis_band: int | None = None) -> tuple[Tensor, Tensor]:
    """Read the two images of a pair, see :func:`match_images`.

    Args:
        id: the pair's id, for messages.
        ir_path: infrared file.
        vis_path: visible file.
        vis_band: see ``band`` of :func:`read_image`; of the visible file.

    Returns:
        Infrared (H, W), and visible (H, W) or (H, W, 3); float32 in [0, 1], whole multiples of 1/255.

    Raises:
        PairError: one of the files cannot be read, or they do not match.
    """
    try:
        ir, vis = read_image(ir_path), read_image(vis_path, vis_band)
    except PairError as error:
        raise PairError(f"pair '{id}': {error}") from error
    return match_images(id, ir, vis, ir_path, vis_path)


def match_images(id: str, ir: Tensor, vis: Tensor, ir_path: Path, vis_path: Path) -> tuple[Tensor, Tensor]:
    """Two images as those of a pair.

    Infrared in true colour, three channels that are not equal, is reduced to its rounded BT.601 luminance.

    Args:
        id: the pair's id, for messages.
        ir: (H, W) or (H, W, 3), in [0, 1].
        vis: likewise.
        ir_path: where the infrared image is from, for messages.
        vis_path: likewise.

    Returns:
        Infrared (H, W), and visible as it was.

    Raises:
        PairError: their sizes differ, or the infrared image alone is in colour, as where the two were swapped.
    """
    if ir.shape[:2] != vis.shape[:2]:
        raise PairError(
            f"pair '{id}': sizes differ, {_size(ir)} in {ir_path} and {_size(vis)} in {vis_path}; "
            f"register the two images to one size"
        )
    if ir.ndim == 3:
        if vis.ndim == 2 and 255 * float((ir.amax(-1) - ir.amin(-1)).mean()) > _COLOURED:
            raise PairError(
                f"pair '{id}': {ir_path} (infrared) is in colour and {vis_path} (visible) is grey, so they look "
                f"swapped; swap the two, in all pairs if in one, or give a false-colour infrared image in grey"
            )
        levels = torch.round(ir.to(torch.float64) * 255).permute(2, 0, 1)
        ir = (luminance(levels)[0] / 255).to(torch.float32)
    return ir, vis


def write_image(path: Path, levels: Tensor, note: str = "") -> None:
    """Write an 8-bit PNG, whole or not at all; missing folders are made.

    Args:
        path: where to, ending in ``.png``; an older file is replaced.
        levels: (1, H, W) grey or (3, H, W) red-green-blue; whole numbers 0..255 of any type.
        note: kept in the file as text, see :func:`image_note`.

    Raises:
        UsageError: the name does not end in ``.png``, or the file cannot be written.
        ValueError: the tensor has another shape, or values that are not whole levels.
    """
    if path.suffix.lower() != ".png":
        raise UsageError(f"{path}: images are written as PNG, without loss; let the name end in .png")
    if levels.ndim != 3 or levels.shape[0] not in (1, 3):
        raise ValueError(f"an image to write is (1, H, W) or (3, H, W), not {tuple(levels.shape)}")
    values = levels.detach().cpu()
    whole = values.to(torch.uint8)
    if not torch.equal(whole.to(values.dtype), values):
        raise ValueError("an image to write holds whole levels 0..255 only; quantise it first")
    pixels = whole[0].numpy() if len(whole) == 1 else whole.permute(1, 2, 0).contiguous().numpy()
    text = PngInfo()
    text.add_text(_NOTE, note)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as hidden:
            Image.fromarray(pixels).save(hidden, format="PNG", pnginfo=text if note else None)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}; choose another place") from error


def image_note(path: Path) -> str | None:
    """The note that a PNG file was written with; None when there is no such file or no note in it."""
    try:
        with Image.open(path, formats=("PNG",)) as picture:
            note = picture.info.get(_NOTE)
    except (OSError, SyntaxError, ValueError):
        return None
    return note if isinstance(note, str) else None


def _decode(path: Path) -> npt.NDArray[np.uint8]:
    if not path.is_file():
        raise _absent(path)
    try:
        # Pillow warns of odd metadata and of large pictures; neither touches the pixels.
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=_FORMATS) as picture:
            picture.load()
            return _eight_bit(picture, path)
    except PairError:
        raise
    except Exception as error:  # decoders raise whatever the broken bytes make them trip over
        reason = "empty" if _is_empty(path) else f"{type(error).__name__}: {error}"
        raise PairError(f"cannot read {path} ({' '.join(reason.split())}); {_MEND}") from error


def _eight_bit(picture: Image.Image, path: Path) -> npt.NDArray[np.uint8]:
    mode = picture.mode
    if mode in ("1", "L", "RGB"):
        return np.asarray(picture.convert("L") if mode == "1" else picture)
    if mode in ("LA", "RGBA", "RGBX", "P", "PA"):
        # By way of RGBA, because a transparent palette entry would be blended on the way to RGB.
        pixels = np.asarray(picture.convert("RGBA"))
        if mode != "RGBX" and pixels[..., 3].min() < 255:
            raise PairError(f"{path} is transparent in places, where its pixels have no value; {_MEND}")
        return pixels[..., :3]
    if mode == "I" or mode.startswith("I;16"):
        low, high = picture.getextrema()
        raise PairError(
            f"{path} holds more than 8 bit ({low} to {high}), and how they become 8 decides every score; stretch them "
            f"as you mean it, then {_MEND}"
        )
    raise PairError(f"{path} is of Pillow's mode {mode}, which has no 8-bit reading; {_MEND}")


def _is_empty(path: Path) -> bool:
    try:
        return path.stat().st_size == 0
    except OSError:
        return False


def _size(image: Tensor) -> str:
    return f"{image.shape[1]}x{image.shape[0]}"
