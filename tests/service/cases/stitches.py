# SPDX-License-Identifier: MIT
"""Compares a recording with what was played, where the service was interrupted in between."""

from lab.errors import Failure
from lab.wav import Wav

# Noise of so many frames is found nowhere else.
PROBE = 16
BLOCK = 4096


def _equal_bytes(a, at, b, bt):
    """How many bytes are equal from there on."""
    length = min(len(a) - at, len(b) - bt)
    done = 0
    while done < length:
        step = min(BLOCK, length - done)
        if a[at + done:at + done + step] != b[bt + done:bt + done + step]:
            while done < length and a[at + done] == b[bt + done]:
                done += 1
            break
        done += step
    return done


def _silent_bytes(data, at):
    """How many bytes are silence from there on."""
    rest = data[at:]
    return len(rest) - len(rest.lstrip(b"\0"))


class Gap:
    """A place where the recording does not go on with the next sample."""

    def __init__(self, frame, silent, lost):
        self.frame = frame    # that was due
        self.silent = silent  # frames of silence that were put in
        self.lost = lost      # frames that are missing

    def __str__(self):
        return "at frame %d: %d frames of silence, %d lost" % (self.frame, self.silent, self.lost)


def _next(got, at, want, due, step):
    """The gap at this byte of the recording, where the byte due of want was to follow, and where both
    go on."""
    silent = _silent_bytes(got, at) // step * step
    probe = got[at + silent:at + silent + PROBE * step]
    if not probe:
        raise Failure("the recording ends in silence after %d of %d frames" % (
            due // step, len(want) // step))
    found = want.find(probe, due)
    while found >= 0 and found % step:
        found = want.find(probe, found + 1)
    if found < 0:
        before = want.find(probe)
        raise Failure("frame %d of the recording, where frame %d was due, %s" % (
            at // step, due // step, "repeats frame %d" % (before // step) if before >= 0 else
            "is nothing that was played: " + probe[:4 * step].hex()))
    return Gap(due // step, silent // step, (found - due) // step), at + silent, found


def gaps(path, want):
    """The gaps in the WAV file, all of whose samples have to be those of want, in order, none twice
    and up to the last one; then silence."""
    wav = Wav(path)
    step = wav.frame_bytes
    at = due = 0
    found = []
    while due < len(want):
        same = _equal_bytes(wav.data, at, want, due) // step * step
        at += same
        due += same
        if due >= len(want):
            break
        if at >= len(wav.data):
            raise Failure("%s ends after frame %d of %d" % (path, due // step, len(want) // step))
        gap, at, due = _next(wav.data, at, want, due, step)
        found.append(gap)
    if _silent_bytes(wav.data, at) != len(wav.data) - at:
        raise Failure("%s: what comes after the sound is not silence" % path)
    return found
