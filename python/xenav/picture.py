# SPDX-License-Identifier: MIT
"""Pictures: of a guest's connector, or of a PNG file."""
import struct
import zlib

SIGNATURE = b'\x89PNG\r\n\x1a\n'

# By the colour type of a PNG file: the channels.
CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}


class Picture:
    """An immutable picture: width, height, and data, four bytes a pixel: blue, green, red, 255."""

    def __init__(self, width, height, data):
        if width < 1 or height < 1 or len(data) != width * height * 4:
            raise ValueError('%d bytes are no picture of %dx%d' % (len(data), width, height))
        self.width, self.height, self.data = width, height, bytes(data)

    def __repr__(self):
        return '<Picture %dx%d>' % (self.width, self.height)

    def __eq__(self, other):
        if not isinstance(other, Picture):
            return NotImplemented
        return (self.width, self.height, self.data) == (other.width, other.height, other.data)

    def __hash__(self):
        return hash((self.width, self.height, self.data))

    def pixel(self, x, y):
        """Red, green and blue of a pixel, 0 to 255 each."""
        if not (0 <= x < self.width and 0 <= y < self.height):
            raise IndexError('pixel %d,%d is outside' % (x, y))
        blue, green, red = self.data[(y * self.width + x) * 4:][:3]
        return red, green, blue

    def rgb(self):
        """Three bytes a pixel: red, green, blue."""
        out = bytearray(self.width * self.height * 3)
        for i in range(3):
            out[i::3] = self.data[2 - i::4]
        return bytes(out)

    def crop(self, x, y, width, height):
        """The part of it that begins at x, y."""
        if x < 0 or y < 0 or width < 1 or height < 1 or x + width > self.width or y + height > self.height:
            raise ValueError('%dx%d at %d,%d is not inside of %r' % (width, height, x, y, self))
        rows = (self.data[(row * self.width + x) * 4:][:width * 4] for row in range(y, y + height))
        return Picture(width, height, b''.join(rows))

    def differing(self, other):
        """The number of pixels that are not those of a picture of the same size."""
        if (self.width, self.height) != (other.width, other.height):
            raise ValueError('%r and %r have different sizes' % (self, other))
        if self.data == other.data:
            return 0
        ours, theirs = memoryview(self.data).cast('I'), memoryview(other.data).cast('I')
        count = 0
        for at in range(0, len(ours), self.width):
            a, b = ours[at:at + self.width], theirs[at:at + self.width]
            if a != b:
                count += sum(map(int.__ne__, a, b))
        return count

    # -------- PNG --------

    def png(self):
        """The bytes of a PNG file."""
        rgb = self.rgb()
        row = self.width * 3
        raw = b''.join(b'\0' + rgb[at:at + row] for at in range(0, len(rgb), row))
        header = struct.pack('>IIBBBBB', self.width, self.height, 8, 2, 0, 0, 0)
        return SIGNATURE + _chunk(b'IHDR', header) + _chunk(b'IDAT', zlib.compress(raw, 6)) + _chunk(b'IEND', b'')

    def save(self, path):
        """Write a PNG file."""
        with open(path, 'wb') as file:
            file.write(self.png())

    @classmethod
    def from_png(cls, data):
        """The picture of a PNG file of 8 bits, grey or coloured, not interlaced; alpha is ignored."""
        width, height, kind, compressed = _parse(data)
        channels = CHANNELS[kind]
        try:
            raw = zlib.decompress(compressed)
        except zlib.error as error:
            raise ValueError('no whole PNG file: %s' % error) from None
        pixels = _unfilter(raw, width * channels, height, channels)
        out = bytearray(b'\xff') * (width * height * 4)
        for i in range(3):
            out[2 - i::4] = pixels[i if channels > 2 else 0::channels]
        return cls(width, height, out)

    @classmethod
    def load(cls, path):
        """Read a PNG file."""
        with open(path, 'rb') as file:
            return cls.from_png(file.read())


def _chunk(name, data):
    return struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))


def _chunks(data):
    at = len(SIGNATURE)
    while at + 12 <= len(data):
        length, name = struct.unpack_from('>I4s', data, at)
        content = data[at + 8:at + 8 + length]
        if data[at + 8 + length:at + 12 + length] != struct.pack('>I', zlib.crc32(name + content)):
            raise ValueError('a part of the PNG file is damaged')
        yield name, content
        at += 12 + length


def _parse(data):
    """Width, height, colour type and compressed pixels."""
    if not data.startswith(SIGNATURE):
        raise ValueError('no PNG file')
    header, compressed = None, []
    for name, content in _chunks(data):
        if name == b'IHDR':
            header = struct.unpack('>IIBBBBB', content)
        elif name == b'IDAT':
            compressed.append(content)
    if not header or header[2] != 8 or header[3] not in CHANNELS or header[6]:
        raise ValueError('only PNG files of 8 bits, without palette and not interlaced, are read')
    if not 0 < header[0] * header[1] <= 1 << 28:
        raise ValueError('the PNG file is too large')
    return header[0], header[1], header[3], b''.join(compressed)


def _paeth(left, up, corner):
    estimate = left + up - corner
    distances = abs(estimate - left), abs(estimate - up), abs(estimate - corner)
    return (left, up, corner)[distances.index(min(distances))]


def _unfilter_row(kind, row, above, step):
    """Undo the filter of a row, in place."""
    if kind == 2:
        row[:] = bytes(map(lambda a, b: a + b & 255, row, above))
    elif kind:
        for i in range(len(row)):
            left = row[i - step] if i >= step else 0
            corner = above[i - step] if i >= step else 0
            guess = (0, left, above[i], (left + above[i]) // 2, _paeth(left, above[i], corner))[kind]
            row[i] = row[i] + guess & 255


def _unfilter(raw, row_bytes, height, step):
    if len(raw) < (row_bytes + 1) * height:
        raise ValueError('the PNG file is cut off')
    out, above = bytearray(), bytes(row_bytes)
    for at in range(0, (row_bytes + 1) * height, row_bytes + 1):
        if raw[at] > 4:
            raise ValueError('the PNG file has an unknown filter')
        row = bytearray(raw[at + 1:at + 1 + row_bytes])
        _unfilter_row(raw[at], row, above, step)
        out += row
        above = row
    return out
