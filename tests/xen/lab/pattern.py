# SPDX-License-Identifier: MIT
"""The pictures and sounds of the guest: guest/pattern.h in Python."""

import array
import sys

PERIOD_X, PERIOD_Y, FRAME_BITS = 251, 241, 16
MASK = 0xffffffff


def noise(seed, count):
    """The first numbers of xt_noise, as a list."""
    base = seed * 0x9e3779b9
    out = []
    for index in range(count):
        x = ((index + base) & MASK) * 2654435761 & MASK
        x ^= x >> 15
        x = x * 2246822519 & MASK
        out.append(x ^ x >> 13)
    return out


def samples(form, seed, count):
    """The bytes of so many samples (of all channels), in the WAV file's order."""
    values = noise(seed, count)
    if form == "u8":
        return bytes(v >> 24 for v in values)
    if form == "s24":
        return b"".join((v >> 8).to_bytes(3, "little") for v in values)
    data = array.array("I", values) if form == "s32" else array.array("H", (v >> 16 for v in values))
    if sys.byteorder == "big":
        data.byteswap()
    return data.tobytes()


def _narrow(form, r, g, b):
    """A colour after the pixel format: RGB565 is expanded by bit replication."""
    if form != "rg16":
        return r, g, b
    return r & 0xf8 | r >> 5, g & 0xfc | g >> 6, b & 0xf8 | b >> 5


def row(form, connector, frame, width, y):
    """One row of a frame as RGB bytes."""
    y_mod = y % PERIOD_Y
    out = bytearray()
    for x in range(min(width, PERIOD_X)):
        out += bytes(_narrow(form, (x + 5 * frame) & 255, (3 * x + y_mod + 7 * frame) & 255,
                             ((x ^ y_mod) + 11 * frame + 64 * connector) & 255))
    out = out * (width // PERIOD_X + 1)
    if y == 0:
        for x in range(min(width, FRAME_BITS)):
            out[3 * x:3 * x + 3] = b"\xff\xff\xff" if frame >> x & 1 else b"\0\0\0"
    return bytes(out[:3 * width])


def frame_number(first_row):
    """The frame number that a first row shows, or None when it shows none."""
    number = 0
    for x in range(FRAME_BITS):
        pixel = first_row[3 * x:3 * x + 3]
        if pixel == b"\xff\xff\xff":
            number |= 1 << x
        elif pixel != b"\0\0\0":
            return None
    return number
