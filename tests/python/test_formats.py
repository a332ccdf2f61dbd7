# SPDX-License-Identifier: MIT
"""Layouts, PNG and WAV files, and keys: all that needs no daemon."""
import os
import struct
import subprocess
import tempfile
import wave
import zlib

from rig import BUILD, raises, test

from xenav import Picture, Sound, keys, library
from xenav.picture import _chunk


@test
def structures_are_laid_out_as_the_compiler_does_it():
    said = subprocess.run([os.path.join(BUILD, 'tests/python/layout')], stdout=subprocess.PIPE, text=True, check=True)
    lines = [line.split() for line in said.stdout.splitlines()]
    named = {(structure, field): (int(offset), int(size)) for structure, field, offset, size in lines}
    ours = {(structure, field[0]): (getattr(kind, field[0]).offset, getattr(kind, field[0]).size)
            for structure, kind in library.STRUCTURES.items() for field in kind._fields_}
    assert ours == named, set(ours.items()) ^ set(named.items())


@test
def every_function_is_in_the_library():
    library.library()


# -------- PNG --------

def noise(width, height):
    state, out = 1, bytearray()
    for _ in range(width * height):
        state = state * 1103515245 + 12345 & 0x7fffffff
        out += (state >> 4 & 0xffffff).to_bytes(3, 'little') + b'\xff'
    return Picture(width, height, out)


@test
def a_picture_comes_back_from_its_png_file():
    picture = noise(37, 11)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'a.png')
        picture.save(path)
        assert Picture.load(path) == picture


def filtered(kind, row, above, step):
    """A row as another program writes it."""
    out = bytearray([kind])
    for i, value in enumerate(row):
        left = row[i - step] if i >= step else 0
        corner = above[i - step] if i >= step else 0
        estimate = left + above[i] - corner
        paeth = min((left, above[i], corner), key=lambda one: abs(estimate - one))
        out.append(value - (0, left, above[i], (left + above[i]) // 2, paeth)[kind] & 255)
    return out


def file_of(picture, kinds, colour_type, channels):
    rgb, raw, above = picture.rgb(), b'', bytes(picture.width * channels)
    for y in range(picture.height):
        row = bytearray()
        for x in range(picture.width):
            at = (y * picture.width + x) * 3
            row += (rgb[at:at + 3] + b'\x80')[:channels]
        raw += filtered(kinds[y % len(kinds)], row, above, channels)
        above = row
    header = struct.pack('>IIBBBBB', picture.width, picture.height, 8, colour_type, 0, 0, 0)
    packed = zlib.compress(raw)
    parts = [packed[i:i + 100] for i in range(0, len(packed), 100)]
    return b'\x89PNG\r\n\x1a\n' + _chunk(b'IHDR', header) + b''.join(_chunk(b'IDAT', p) for p in parts) + \
        _chunk(b'IEND', b'')


@test
def png_files_of_other_programs_are_read():
    picture = noise(19, 10)
    for kind in range(5):
        assert Picture.from_png(file_of(picture, [kind], 2, 3)) == picture, kind
    assert Picture.from_png(file_of(picture, [0, 1, 2, 3, 4], 6, 4)) == picture


@test
def bad_png_files_are_refused():
    good = noise(4, 4).png()
    damaged = good[:45] + bytes([good[45] ^ 1]) + good[46:]
    palette = good[:25] + b'\x03' + good[26:29] + struct.pack('>I', zlib.crc32(good[12:25] + b'\x03' + good[26:29])) \
        + good[33:]
    for bad in b'', b'GIF89a', good[:50], damaged, palette, good[:33] + good[-12:]:
        raises(ValueError, Picture.from_png, bad)


@test
def parts_and_differences_of_pictures_are_found():
    picture = noise(20, 10)
    part = picture.crop(3, 4, 5, 6)
    assert part.pixel(0, 0) == picture.pixel(3, 4) and part.pixel(4, 5) == picture.pixel(7, 9)
    other = bytearray(part.data)
    other[0] ^= 1
    other[-2] ^= 1
    assert part.differing(Picture(5, 6, other)) == 2
    raises(ValueError, picture.crop, 16, 0, 5, 1)
    raises(ValueError, picture.differing, part)
    raises(IndexError, picture.pixel, 20, 0)


# -------- WAV --------

# Values of 16 bits, and how each format has them in memory.
VALUES = 0, 0x1200, -0x1200, 0x7f00, -0x8000


def encode(number, value):
    unsigned = value + 0x8000
    return {
        0: struct.pack('b', value >> 8), 1: struct.pack('B', unsigned >> 8),
        2: struct.pack('<h', value), 3: struct.pack('>h', value),
        4: struct.pack('<H', unsigned), 5: struct.pack('>H', unsigned),
        6: struct.pack('<i', value << 8)[:3] + b'\0', 7: b'\0' + struct.pack('>i', value << 8)[1:],
        8: struct.pack('<I', unsigned << 8), 9: struct.pack('>I', unsigned << 8),
        10: struct.pack('<i', value << 16), 11: struct.pack('>i', value << 16),
        12: struct.pack('<I', unsigned << 16), 13: struct.pack('>I', unsigned << 16),
        14: struct.pack('<f', value / 32768), 15: struct.pack('>f', value / 32768),
        16: struct.pack('<d', value / 32768), 17: struct.pack('>d', value / 32768),
    }[number]


def decode(width, data):
    if width == 1:
        return [(value - 128) * 256 for value in data]
    return [int.from_bytes(data[i + width - 2:i + width], 'little', signed=True) for i in range(0, len(data), width)]


@test
def every_plain_format_is_written_to_wav_files():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'a.wav')
        for number in range(18):
            Sound(8000, 1, number, b''.join(encode(number, value) for value in VALUES)).save(path)
            again = Sound.load(path)
            assert (again.rate, again.channels, again.frames) == (8000, 1, len(VALUES)), number
            if number >= 14:
                kind = 'f' if again.sample_format == 14 else 'd'
                assert struct.unpack('<5' + kind, again.data) == tuple(v / 32768 for v in VALUES), number
                continue
            with wave.open(path) as file:
                assert file.getnframes() == len(VALUES)
                assert decode(file.getsampwidth(), file.readframes(99)) == list(VALUES), number


@test
def bad_wav_files_are_refused():
    raises(ValueError, Sound.from_wav, b'')
    raises(ValueError, Sound.from_wav, b'RIFF\0\0\0\0WAVE')
    raises(ValueError, Sound.from_wav, b'RIFF\0\0\0\0WAVEfmt \x10\0\0\0' + bytes(16) + b'data\0\0\0\0')
    raises(ValueError, Sound, 8000, 1, 23)


# -------- keys --------

@test
def names_and_characters_lead_to_keys():
    assert keys.chord('ctrl+ALT+f2') == [29, 56, 60]
    assert keys.chord('KEY_ENTER') == [28] and keys.chord('0x74') == [0x74]
    assert keys.strokes('aA1!\n') == [[30], [42, 30], [2], [42, 2], [28]]
    printable = ''.join(map(chr, range(32, 127)))
    typed = keys.strokes(printable)
    assert len({tuple(codes) for codes in typed}) == len(printable)
    raises(ValueError, keys.strokes, 'ä')
    raises(ValueError, keys.chord, 'ctrl+')
    raises(ValueError, keys.chord, '0xzz')
