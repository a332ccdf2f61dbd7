# SPDX-License-Identifier: MIT
"""The tune of the demo: a scale and a chord, plain enough to be ours and known by ear."""

import array
import io
import math
import sys
import wave

RATE_HZ = 48000
# the card's other rate, for servers that need much time in emulation
SLOW_HZ = 8000
A4_HZ = 440.0
# (semitones from A4, eighths of a second), several semitones at once are a chord
NOTES = [((-9,), 2), ((-5,), 2), ((-2,), 2), ((3,), 4), ((0,), 2), ((-2,), 2), ((-5,), 2),
         ((-4,), 2), ((0,), 2), ((3,), 2), ((-2,), 4), ((-9, -5, -2, 3), 10)]


def _note(semitones, eighths, rate_hz):
    count = rate_hz * eighths // 8
    steps = [2 * math.pi * A4_HZ * 2 ** (s / 12) / rate_hz for s in semitones]
    for i in range(count):
        # a plucked string: quick rise, slow fall, nothing left at the end
        loud = (min(1.0, 200 * i / rate_hz) * math.exp(-3.0 * i / count) *
                min(1.0, 100 * (count - i) / rate_hz))
        yield loud * sum(math.sin(s * i) for s in steps) / len(steps)


def samples(rate_hz=RATE_HZ):
    """16 bit stereo; the right channel is the left one, a little softer."""
    out = array.array("h")
    for semitones, eighths in NOTES:
        for value in _note(semitones, eighths, rate_hz):
            out.append(int(value * 26000))
            out.append(int(value * 20000))
    return out


def wav(rate_hz=RATE_HZ, rest_frames=0):
    """The file, with so much silence at the end."""
    data = samples(rate_hz) + array.array("h", [0] * 2 * rest_frames)
    if sys.byteorder == "big":
        data.byteswap()
    file = io.BytesIO()
    with wave.open(file, "wb") as w:
        w.setnchannels(2)
        w.setsampwidth(2)
        w.setframerate(rate_hz)
        w.writeframes(data.tobytes())
    return file.getvalue()
