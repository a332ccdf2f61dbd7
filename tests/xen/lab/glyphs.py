# SPDX-License-Identifier: MIT
"""The line that xt-flip -k writes in the last rows of its picture, from the letters of glyphs.h."""

import os
import re

GUEST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../guest")
# Linux's codes of the keys of letters, by rows of the keyboard
ROWS = {16: "QWERTYUIOP", 30: "ASDFGHJKL", 44: "ZXCVBNM", 57: " "}
ENTER = 28
WHITE, BLACK = b"\xff\xff\xff", b"\0\0\0"


def code(letter):
    return next(first + row.index(letter) for first, row in ROWS.items() if letter in row)


def _read(name):
    with open(os.path.join(GUEST, name)) as f:
        return f.read()


def _sizes():
    return {n: int(value) for n, value in re.findall(
        r"#define (?:XT|TYPED)_(\w+) +(\d+)", _read("glyphs.h") + _read("typed.h"))}


def _letters():
    return {letter: [int(row, 16) for row in rows.split(",")] for letter, rows in re.findall(
        r"/\* ([A-Z]) \*/ \{(.*?)\}", _read("glyphs.h"))}


def rows(text, width):
    """The last rows of a picture of that width, as png.Png gives them."""
    size, letters = _sizes(), _letters()
    scale, across = size["SCALE"], size["GLYPH_WIDTH"]
    found = [BLACK * width] * size["ROWS"]
    for row in range(size["GLYPH_HEIGHT"]):
        line = BLACK * size["LEFT"]
        for letter in text:
            bits = letters[letter][row] if letter != " " else 0
            line += b"".join((WHITE if bits >> (across - 1 - column) & 1 else BLACK) * scale
                             for column in range(across)) + BLACK * scale
        start = size["TOP"] + row * scale
        found[start:start + scale] = [line.ljust(3 * width, b"\0")] * scale
    return found
