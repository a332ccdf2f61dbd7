# SPDX-License-Identifier: MIT
"""Reads 8 bit RGB PNG files and compares them with the pattern, pixel by pixel."""

import struct
import zlib

from . import pattern
from .errors import Failure


class Png:
    """width, height and the filtered rows as they stand in the file."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as f:
            data = f.read()
        if data[:8] != b"\x89PNG\r\n\x1a\n":
            raise Failure("%s is not a PNG file" % path)
        packed, ended, at = b"", False, 8
        while at + 12 <= len(data) and not ended:
            length, = struct.unpack_from(">I", data, at)
            kind, body = data[at + 4:at + 8], data[at + 8:at + 8 + length]
            if data[at + 8 + length:at + 12 + length] != struct.pack(">I", zlib.crc32(kind + body)):
                raise Failure("%s: a chunk's checksum is wrong" % path)
            if kind == b"IHDR":
                self._header(body)
            elif kind == b"IDAT":
                packed += body
            ended = kind == b"IEND"
            at += 12 + length
        if not ended:
            raise Failure("%s is cut off" % path)
        raw = zlib.decompress(packed)
        step = 1 + 3 * self.width
        if len(raw) != step * self.height:
            raise Failure("%s has %d bytes of pixels, not %d" % (path, len(raw),
                                                                 step * self.height))
        self.filtered = [raw[i:i + step] for i in range(0, len(raw), step)]

    def _header(self, body):
        self.width, self.height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", body)
        if (depth, colour, interlace) != (8, 2, 0):
            raise Failure("%s is not plain 8 bit RGB" % self.path)

    def rows(self):
        """The rows as RGB bytes; slow, for small pictures and for explanations."""
        above = bytes(3 * self.width)
        for line in self.filtered:
            above = _unfilter(line[0], line[1:], above)
            yield above


def _paeth(left, up, corner):
    estimate = left + up - corner
    distances = abs(estimate - left), abs(estimate - up), abs(estimate - corner)
    if distances[0] <= distances[1] and distances[0] <= distances[2]:
        return left
    return up if distances[1] <= distances[2] else corner


_PREDICT = [lambda a, b, c: 0, lambda a, b, c: a, lambda a, b, c: b,
            lambda a, b, c: (a + b) // 2, _paeth]


def _unfilter(kind, line, above):
    predict = _PREDICT[kind]
    out = bytearray(3) + line
    for i in range(len(line)):
        out[i + 3] = (line[i] + predict(out[i], above[i], above[i - 3] if i > 2 else 0)) & 255
    return bytes(out[3:])


def _filter(kind, row, above):
    """A row as a PNG writer would store it: comparing in that form needs no slow decoding."""
    if kind == 0:
        return row
    left, corner = bytes(3) + row, bytes(3) + above
    predict = _PREDICT[kind]
    return bytes((v - predict(a, b, c)) & 255 for v, a, b, c in zip(row, left, above, corner))


class Checker:
    """Compares frames of one connector; remembers the rows it has computed."""

    def __init__(self, form, connector, width, height):
        self.form = form
        self.connector = connector
        self.size = width, height
        self._cache = {}

    def _row(self, frame, y):
        key = frame, y % pattern.PERIOD_Y if y else -1
        if key not in self._cache:
            self._cache[key] = pattern.row(self.form, self.connector, frame, self.size[0], y)
        return self._cache[key]

    def _filtered(self, frame, y, kind):
        key = frame, y % pattern.PERIOD_Y if y > 1 else y - 2, kind
        if key not in self._cache:
            above = self._row(frame, y - 1) if y else bytes(3 * self.size[0])
            self._cache[key] = _filter(kind, self._row(frame, y), above)
        return self._cache[key]

    def check(self, path):
        """Returns the number of the frame that the file shows, exactly."""
        self._cache.clear()
        png = Png(path)
        if (png.width, png.height) != self.size:
            raise Failure("%s is %dx%d, not %dx%d" % (path, png.width, png.height, *self.size))
        frame = pattern.frame_number(next(png.rows()))
        if frame is None:
            raise Failure("%s: the first row does not show a frame number" % path)
        for y, line in enumerate(png.filtered):
            # computed for a whole period once, so a frame costs a third of its pixels
            if line[0] > 4 or line[1:] != self._filtered(frame, y, line[0]):
                raise Failure(self._explain(png, frame))
        return frame

    def _explain(self, png, frame):
        wrong, first = 0, None
        for y, row in enumerate(png.rows()):
            want = self._row(frame, y)
            if row == want:
                continue
            for x in range(png.width):
                if row[3 * x:3 * x + 3] != want[3 * x:3 * x + 3]:
                    wrong += 1
                    first = first or (x, y, row[3 * x:3 * x + 3].hex(),
                                      want[3 * x:3 * x + 3].hex())
        return "%s: frame %d: %d pixels are wrong; the first at %d,%d is %s, not %s" % (
            png.path, frame, wrong, *(first or (0, 0, "?", "?")))
