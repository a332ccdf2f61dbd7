# SPDX-License-Identifier: MIT
"""Two guests run at once, and no sound or picture of one reaches the recordings of the other."""

import os

from lab import wav
from lab.case import case
from .display import SCREEN, check_frames, check_report
from .sound import check_pace, expected, play_script

HEADS = {0: (800, 600, "rg16"), 1: (640, 480, "xr24")}
FLIPS = 30
SOUND = {"form": "s16", "channels": 2, "rate": 48000, "seconds": 4}
# the seeds of pictures and sound; each of two connectors has a number of its own
SEEDS = {"g1": 0, "g2": 2}


@case("two guests at once, each with sound and two screens: all exact, nothing mixed", limit=180)
def two(bench):
    bench.dom0("sed 's/\"g1\"/\"g2\"/' /opt/xt/guest.cfg > $run/g2.cfg && "
               "create_guest $run/g2.cfg g2", 90)
    folder = bench.record("--frames all")
    arguments = " ".join("-c %d:%dx%d:%s" % (c, *what) for c, what in HEADS.items())
    jobs = []
    for name, seed in SEEDS.items():
        jobs.append((check_pace, bench.machine.guest_start(
            play_script("-B 2000000", seed=seed, **SOUND), 100, name)))
        jobs.append((lambda out: check_report(out, HEADS, FLIPS), bench.machine.guest_start(
            "xt-flip -s %d %s -n %d -r 10 -H 3" % (seed, arguments, FLIPS), 100, name)))
    for check, job in jobs:
        check(job.ok(110))
    got = bench.finish(folder)
    for name, seed in SEEDS.items():
        wav.check(os.path.join(got, "sound+%s+play0.wav" % name), expected(seed=seed, **SOUND),
                  2, 48000, 16)
        check_frames(got, HEADS, FLIPS, SCREEN, guest=name, seed=seed)
