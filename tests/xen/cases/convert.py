# SPDX-License-Identifier: MIT
"""Plain ALSA programs in a guest convert with guest/asound.conf, which is /etc/asound.conf in the
test guest's image."""

import os
import struct

from lab.case import case, equal, expect, files
from lab.wav import Wav

from .sound import check_pace

RATE = 44100
# The same byte everywhere is a level in every format: 16 bits, 32 bits and floating point.
BYTES = 0x3e, 0xbe
FORMATS = {"S16_LE": (2, "<h", 1), "S32_LE": (4, "<i", 1 / 65536), "FLOAT_LE": (4, "<f", 32768)}
# half a second of each level, mono; in octal for tr
PLAY = """
for byte in %s; do head -c %d /dev/zero | tr '\\000' "\\\\$byte"; done > /tmp/levels
aplay -q -t raw -c 1 -r %d -f %s /tmp/levels
"""


def levels(form):
    """The two levels as samples of 16 bits."""
    width, code, scale = FORMATS[form]
    return [struct.unpack(code, bytes([b]) * width)[0] * scale for b in BYTES]


def check_levels(path, form):
    """Half a second of each level, but for the frames where one becomes another."""
    wav = Wav(path)
    equal((wav.channels, wav.rate, wav.bits), (1, 48000, 16), "what the card was opened with")
    samples = [s for s, in struct.iter_unpack("<h", wav.data)]
    for level in levels(form):
        there = sum(abs(s - level) <= 2 for s in samples)
        expect(abs(there - 24000) < 240, "%s: %d frames of %d, not 24000" % (path, there, level))
    others = sum(s != 0 and all(abs(s - level) > 2 for level in levels(form)) for s in samples)
    expect(others < 240, "%s: %d frames are none of what was played" % (path, others))


@case("aplay of 44.1 kHz in 16 bits, 32 bits and floating point, on a card of 8 and 48 kHz and 16 bits, "
      "through our asound.conf", newer=True, share="sound")
def rates_and_formats(bench):
    folder = bench.record("--no-display")
    for form, (width, _, _) in FORMATS.items():
        check_pace(bench.guest(PLAY % (" ".join("%o" % b for b in BYTES), RATE // 2 * width, RATE,
                                       form)))
    got = bench.finish(folder)
    names = files(got, ".wav")
    equal(len(names), len(FORMATS), "the number of recordings")
    for form, number in zip(FORMATS, range(len(FORMATS))):
        name = "sound+g1+play0%s.wav" % ("+%d" % (number + 1) if number else "")
        check_levels(os.path.join(got, name), form)
