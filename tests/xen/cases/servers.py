# SPDX-License-Identifier: MIT
"""Sound servers that people run in guests play a tune, and it arrives whole, sample by sample."""

import os
import re

from lab import tune, wav
from lab.case import case, equal, expect, files

FOLDER = "/run/xt/rec"


def listen(bench):
    """Starts a consumer that is there before the server opens the card."""
    bench.dom0("record %s --no-display" % FOLDER)


def check_tune(bench, rate_hz=tune.RATE_HZ):
    """Insists that one recording holds the tune between silence, and the others nothing."""
    got = bench.finish(FOLDER)
    loud = [n for n in files(got, ".wav") if not wav.is_silent(os.path.join(got, n))]
    equal(len(loud), 1, "recordings that are not silent, of %s" % files(got, ".wav"))
    wav.check_within(os.path.join(got, loud[0]), tune.samples(rate_hz).tobytes(), 2, rate_hz, 16)


@case("PulseAudio in a Debian guest finds the card by itself; paplay's tune arrives whole",
      start="desktop", limit=200)
def pulse(bench):
    listen(bench)
    out = bench.guest("""
    . desktop.sh && desktop_up && pulse_up || exit 1
    pactl list short sinks
    paplay /data/tune.wav || exit 1
    sleep 1
    pactl exit
    cat /tmp/pulse.log
    """, 160)
    expect(re.search(r"alsa_output\S+\s+module-alsa-card.c\s+s16le 2ch 48000Hz", out),
           "the server's sinks:\n" + out)
    check_tune(bench)
    late = re.findall(r".*(?:[Uu]nderrun|XRUN|Lost).*", out)
    expect(not late, "the server was late:\n" + "\n".join(late))
