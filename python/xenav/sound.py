# SPDX-License-Identifier: MIT
"""Sound: of a guest's stream, or of a WAV file."""
import struct

from . import library as _l

# Formats of libxenav that a WAV file has: by bits, integers and reals.
INTEGERS = {8: 1, 16: 2, 32: 10}
REALS = {32: 14, 64: 16}
S24_LE = 6

# The kind of samples that a WAV file names, by formats whose codes it has as they are.
LAWS = {20: 7, 21: 6}
FLOAT64_BE = 17


class Sound:
    """Samples of rate, channels and sample_format (enum xenav_format), as they stand in memory."""

    def __init__(self, rate, channels, sample_format, data=b''):
        self.rate, self.channels, self.sample_format, self.data = rate, channels, sample_format, data
        self.frame_bytes = _l.describe(sample_format).bytes * channels

    def __repr__(self):
        return '<Sound %s %d Hz, %d channels, %.3f s>' % (self.name, self.rate, self.channels, self.seconds)

    @property
    def name(self):
        """The format's name as in xl.cfg, such as s16_le."""
        return _l.library().xenav_format_name(self.sample_format).decode()

    @property
    def frames(self):
        return len(self.data) // self.frame_bytes

    @property
    def seconds(self):
        return self.frames / self.rate

    # -------- WAV --------

    def save(self, path):
        """Write a WAV file: integers as they are in such files, reals as reals."""
        info = _l.describe(self.sample_format)
        if self.sample_format > FLOAT64_BE and self.sample_format not in LAWS:
            raise ValueError('a WAV file has no samples of %s' % self.name)
        bits = info.bytes * 8 if info.is_float else info.valid_bits
        data = self.data if self.sample_format in LAWS else _to_wav(self.data, info)
        kind = LAWS.get(self.sample_format, 3 if info.is_float else 1)
        width = bits // 8
        header = struct.pack('<HHIIHH', kind, self.channels, self.rate, self.rate * width * self.channels,
                             width * self.channels, bits)
        if len(data) > 0xfffffff0:
            raise ValueError('more than a WAV file holds')
        with open(path, 'wb') as file:
            file.write(struct.pack('<4sI4s4sI', b'RIFF', 36 + len(data) + len(data) % 2, b'WAVE', b'fmt ', 16))
            file.write(header + struct.pack('<4sI', b'data', len(data)))
            file.write(data + b'\0' * (len(data) % 2))

    @classmethod
    def load(cls, path):
        """Read a WAV file of plain samples."""
        with open(path, 'rb') as file:
            return cls.from_wav(file.read())

    @classmethod
    def from_wav(cls, content):
        """The sound of a WAV file of plain samples."""
        parts = dict(_chunks(content))
        if b'fmt ' not in parts or b'data' not in parts or len(parts[b'fmt ']) < 16:
            raise ValueError('no WAV file')
        kind, channels, rate, _, _, bits = struct.unpack_from('<HHIIHH', parts[b'fmt '])
        if kind == 0xfffe and len(parts[b'fmt ']) >= 26:
            kind, = struct.unpack_from('<H', parts[b'fmt '], 24)
        data = parts[b'data']
        if kind == 1 and bits == 24:
            return cls(rate, channels, S24_LE, _widen(data))
        if (kind, bits) not in [(1, n) for n in INTEGERS] + [(3, n) for n in REALS] or not channels or not rate:
            raise ValueError('the WAV file has samples of another kind')
        sound = cls(rate, channels, REALS[bits] if kind == 3 else INTEGERS[bits])
        sound.data = data[:len(data) // sound.frame_bytes * sound.frame_bytes]
        return sound


def silence(sample_format, size_bytes):
    """So many bytes of silence."""
    info = _l.describe(sample_format)
    return bytes(info.silence[:info.bytes]) * (size_bytes // info.bytes)


def _chunks(content):
    if content[:4] != b'RIFF' or content[8:12] != b'WAVE':
        raise ValueError('no WAV file')
    at = 12
    while at + 8 <= len(content):
        name, size = struct.unpack_from('<4sI', content, at)
        yield name, content[at + 8:at + 8 + size]
        at += 8 + size + size % 2


def _widen(data):
    """24 bits in three bytes, to four."""
    n = len(data) // 3
    out = bytearray(n * 4)
    for i in range(3):
        out[i::4] = data[i:n * 3:3]
    return bytes(out)


def _reverse(data, width):
    out = bytearray(len(data))
    for i in range(width):
        out[i::width] = data[width - 1 - i::width]
    return bytes(out)


def _to_wav(data, info):
    """Little-endian, signed from 16 bits on, 24 bits in three bytes."""
    if info.is_big_endian:
        data = _reverse(data, info.bytes)
    if not info.is_float and bool(info.is_signed) != (info.bytes > 1):
        out = bytearray(data)
        top = info.valid_bits // 8 - 1
        out[top::info.bytes] = bytes(b ^ 0x80 for b in out[top::info.bytes])
        data = bytes(out)
    if info.valid_bits == 24:
        out = bytearray(len(data) // 4 * 3)
        for i in range(3):
            out[i::3] = data[i::4]
        data = bytes(out)
    return data
