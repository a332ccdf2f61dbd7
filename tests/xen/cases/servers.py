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


@case("PipeWire and WirePlumber in a Debian guest find the card by themselves; pw-play's tune "
      "arrives whole", start="desktop", limit=300)
def pipewire(bench):
    listen(bench)
    out = bench.guest("""
    . desktop.sh && desktop_up && pipewire_up || exit 1
    wpctl status
    pw-play /data/slow.wav || exit 1
    # pw-play ends when the server has the sound; the card then has as much as its buffer
    sleep 5
    killall wireplumber pipewire dbus-daemon
    sleep 1
    echo nodes: $(grep -c pw.node /tmp/pipewire.log)
    grep -i -e underrun -e xrun /tmp/pipewire.log; true
    """, 240)
    check_tune(bench, tune.SLOW_HZ)
    expect(re.search("nodes: [1-9]", out), "the server's log does not speak of nodes")
    late = re.findall(r".*(?:[Uu]nderrun|[Xx][Rr]un).*", out)
    expect(not late, "the server was late:\n" + "\n".join(late))
