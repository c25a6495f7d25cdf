"""A small dot alphabet for signs and number plates."""

from __future__ import annotations

import numpy as np

from .noise import Floats, Ints, Masks

_GLYPHS = {
    "0": "01110100011001110101110011000101110",
    "1": "00100011000010000100001000010001110",
    "2": "01110100010000100010001000100011111",
    "3": "11111000100010000010000011000101110",
    "5": "11111100001111000001000011000101110",
    "7": "11111000010001000100010000100001000",
    "8": "01110100011000101110100011000101110",
    "A": "01110100011000111111100011000110001",
    "B": "11110100011000111110100011000111110",
    "C": "01110100011000010000100001000101110",
    "E": "11111100001000011110100001000011111",
    "F": "11111100001000011110100001000010000",
    "H": "10001100011000111111100011000110001",
    "I": "01110001000010000100001000010001110",
    "K": "10001100101010011000101001001010001",
    "L": "10000100001000010000100001000011111",
    "N": "10001110011010110011100011000110001",
    "O": "01110100011000110001100011000101110",
    "P": "11110100011000111110100001000010000",
    "R": "11110100011000111110101001001010001",
    "S": "01111100001000001110000010000111110",
    "T": "11111001000010000100001000010000100",
    "U": "10001100011000110001100011000101110",
    " ": "0" * 35,
}


def written(text: str, x: Floats, y: Floats) -> Masks:
    """Where the strokes of a line of text are.

    Args:
        text: characters that the alphabet has.
        x: place along the line, 0 at its start, 1 per character.
        y: height, 0 at the foot, 1 at the top of the letters.

    Returns:
        True on strokes.
    """
    dots = np.array([[int(dot) for dot in _GLYPHS[letter]] for letter in text], np.int32)
    column = np.floor(np.clip(x, -1.0, len(text) + 1.0) * 6.0).astype(np.int32)
    row: Ints = np.floor((1.0 - np.clip(y, -1.0, 2.0)) * 7.0).astype(np.int32)
    inside = (column >= 0) & (column < 6 * len(text)) & (column % 6 < 5) & (row >= 0) & (row < 7)
    letter = np.clip(column // 6, 0, len(text) - 1)
    out: Masks = inside & (dots[letter, np.clip(row, 0, 6) * 5 + np.minimum(column % 6, 4)] > 0)
    return out
