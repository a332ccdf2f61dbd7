# SPDX-License-Identifier: MIT
"""The guest does not notice consumers that are absent, die or come late."""

import os
import time

from lab import png, wav
from lab.case import case, equal, expect, files

from .display import check_report
from .sound import check_pace, expected, play_script

SOUND = {"form": "s16", "channels": 2, "rate": 48000, "seed": 3}


def seconds_of(bench, script, limit=40):
    start = time.monotonic()
    out = bench.guest(script, limit)
    return time.monotonic() - start, out


@case("without any consumer aplay plays 5 s in about 5 s", share="consumer")
def none_playback(bench):
    bench.guest("xt-pcm make s16 2 48000 5 3 > /tmp/play.wav")
    took, _ = seconds_of(bench, "aplay -q -D hw:0,0 /tmp/play.wav")
    expect(4.5 < took < 20, "aplay of 5 s of sound took %.1f s" % took)


@case("without any consumer arecord records 3 s of silence in about 3 s", share="consumer")
def none_capture(bench):
    took, out = seconds_of(bench, """
    arecord -q -D hw:0,0 -f S16_LE -c 2 -r 48000 -d 3 /tmp/r.wav || exit 1
    tail -c +45 /tmp/r.wav | wc -c
    tail -c +45 /tmp/r.wav | tr -d '\\000' | wc -c
    """)
    equal(out.split(), [str(3 * 192000), "0"], "bytes recorded, and of those not silent")
    expect(2.5 < took < 18, "arecord of 3 s took %.1f s" % took)


@case("without any consumer 60 flips on both connectors end at a screen's pace",
      share="consumer")
def none_flips(bench):
    took, out = seconds_of(bench, "xt-flip -c 0:800x600:rg16 -c 1 -n 60", 60)
    check_report(out, {0: None, 1: None}, 60)
    expect(0.8 < took < 30, "60 flips took %.1f s" % took)


@case("kill -9 of the consumer in mid-sound: aplay ends well, the next consumer gets the rest",
      limit=80, share="consumer")
def killed_in_sound(bench):
    sound = dict(SOUND, seconds=8)
    first = bench.record("--no-display", "/run/xt/first")
    job = bench.machine.guest_start(play_script("-B 2000000", **sound), 40)
    bench.dom0("await 150 test -s %s/sound+g1+play0.wav && sleep 2" % first)
    bench.dom0("kill -9 $(cat %s.pid)" % first)
    second = bench.record("--no-display", "/run/xt/second")
    check_pace(job.ok(60))
    got = bench.finish(second)
    want = expected(**sound)
    start = wav.check_rest(os.path.join(got, files(got, ".wav")[0]), want, 2, 48000, 16)
    expect(start > 48000, "the second consumer began at frame %d: the first had none" % start)
    # the file of the killed consumer has no valid header, but its samples must be right
    with open(os.path.join(bench.fetch(first), "sound+g1+play0.wav"), "rb") as f:
        heard = f.read()[44:]
    expect(len(heard) > 4 and want.startswith(heard[:len(heard) & ~3]),
           "what the first consumer wrote is not the beginning of the sound")


@case("kill -9 of the consumer in mid-picture: all flips are answered, the next one sees the end",
      limit=90, share="consumer")
def killed_in_flips(bench):
    heads = {0: (800, 600, "rg16"), 1: (640, 480, "rg16")}
    first = bench.record("--no-sound --frames newest", "/run/xt/first")
    job = bench.machine.guest_start("xt-flip -c 0::rg16 -c 1::rg16 -n 90 -r 10 -H 4".replace(
        "0::", "0:800x600:").replace("1::", "1:640x480:"), 70)
    bench.dom0("await 200 test -s %s/display+g1+id0.png && sleep 1" % first)
    bench.dom0("kill -9 $(cat %s.pid)" % first)
    second = bench.record("--no-sound --frames newest", "/run/xt/second")
    check_report(job.ok(80), heads, 90)
    got = bench.finish(second)
    for connector, (width, height, form) in heads.items():
        path = os.path.join(got, "display+g1+id%d.png" % connector)
        frame = png.Checker(form, connector, width, height).check(path)
        equal(frame, 90, "connector %d's last picture" % connector)
