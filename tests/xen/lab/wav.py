# SPDX-License-Identifier: MIT
"""Checks that a recording holds exactly the samples that were played."""

import struct

from .errors import Failure


class Wav:
    def __init__(self, path):
        self.path = path
        with open(path, "rb") as f:
            data = f.read()
        if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
            raise Failure("%s is not a WAV file" % path)
        self.format = self.data = None
        at = 12
        while at + 8 <= len(data):
            kind, length = data[at:at + 4], struct.unpack_from("<I", data, at + 4)[0]
            body = data[at + 8:at + 8 + length]
            if kind == b"fmt ":
                self.format = struct.unpack_from("<HHIIHH", body)
            elif kind == b"data":
                if len(body) != length:
                    raise Failure("%s promises %d bytes of sound and has %d" % (
                        path, length, len(body)))
                self.data = body
            at += 8 + length + length % 2
        if self.format is None or self.data is None:
            raise Failure("%s has no format or no sound" % path)
        _, self.channels, self.rate, _, self.frame_bytes, self.bits = self.format


def _where(wav, want):
    """Describes the first difference between the recording and the samples."""
    step = wav.frame_bytes
    good = 0
    while wav.data[good:good + step] == want[good:good + step] and good < len(want):
        good += step
    frame = good // step
    if good >= len(wav.data):
        return "it ends after %d of %d frames" % (frame, len(want) // step)
    text = "frame %d is %s, not %s" % (frame, wav.data[good:good + step].hex(),
                                       want[good:good + step].hex())
    probe = want[good:good + 16 * step]
    later = wav.data.find(probe, good)
    if len(probe) == 16 * step and later >= 0:
        return text + "; %d frames were put in there" % ((later - good) // step)
    probe = wav.data[good:good + 16 * step]
    skipped = want.find(probe)
    if skipped > good:
        return text + "; %d frames are lost there" % ((skipped - good) // step)
    if skipped >= 0:
        return text + "; it repeats from frame %d" % (skipped // step)
    return text


def check(path, want, channels, rate, bits, silence=b"\0"):
    """Insists that the recording is want from its first frame on, and then only silence."""
    wav = Wav(path)
    if (wav.channels, wav.rate, wav.bits) != (channels, rate, bits):
        raise Failure("%s is %d channels, %d Hz, %d bit; not %d, %d, %d" % (
            path, wav.channels, wav.rate, wav.bits, channels, rate, bits))
    if wav.data[:len(want)] != want:
        raise Failure("%s: %s" % (path, _where(wav, want)))
    rest = wav.data[len(want):]
    if rest.strip(silence):
        raise Failure("%s: %d bytes after the end, and not all silence" % (path, len(rest)))
    return len(rest) // wav.frame_bytes


def check_within(path, want, channels, rate, bits):
    """Insists that the recording is want between silence and silence, for a server that starts its
    card before the sound and stops it after. Returns the frames before it."""
    wav = Wav(path)
    if (wav.channels, wav.rate, wav.bits) != (channels, rate, bits):
        raise Failure("%s is %d channels, %d Hz, %d bit; not %d, %d, %d" % (
            path, wav.channels, wav.rate, wav.bits, channels, rate, bits))
    step = wav.frame_bytes

    def silent(data):
        """The frames of silence at the beginning."""
        return (len(data) - len(data.lstrip(b"\0"))) // step
    # the sound may begin with silence itself
    start = silent(wav.data) - silent(want)
    if start < 0 or not wav.data.strip(b"\0"):
        raise Failure("%s: the beginning of the sound is missing" % path)
    wav.data = wav.data[start * step:]
    if wav.data[:len(want)] != want:
        raise Failure("%s: after %d frames of silence, %s" % (path, start, _where(wav, want)))
    if wav.data[len(want):].strip(b"\0"):
        raise Failure("%s: what comes after the sound is not silence" % path)
    return start


def is_silent(path):
    """Whether nothing but silence was recorded (of signed samples)."""
    return not Wav(path).data.strip(b"\0")


def check_rest(path, want, channels, rate, bits, silence=b"\0"):
    """Insists that the recording is want from some frame on, for a consumer that came late. Returns
    that frame, which a few frames are enough to find: they never repeat."""
    wav = Wav(path)
    if (wav.channels, wav.rate, wav.bits) != (channels, rate, bits):
        raise Failure("%s has another format than was played" % path)
    start = want.find(wav.data[:32 * wav.frame_bytes])
    if len(wav.data) < 32 * wav.frame_bytes or start < 0 or start % wav.frame_bytes:
        raise Failure("%s does not begin with anything that was played" % path)
    check(path, want[start:], channels, rate, bits, silence)
    return start // wav.frame_bytes
