# SPDX-License-Identifier: MIT
"""Every pixel: known frames flipped by xt-flip, compared with what the consumer wrote."""

import os
import re

from lab import png
from lab.case import case, equal, expect, files

from .devices import SECOND, attach_display, detach_display

UNIQUE_ID = {0: "id0", 1: "id1"}
SCREEN = {0: (800, 600), 1: (640, 480)}


def flip_report(text):
    """The report of xt-flip: {connector: (flips, events, last frame)}."""
    found = re.findall(r"connector (\d+): (\d+) flips (\d+) events last frame (\d+) ", text)
    return {int(c): (int(f), int(e), int(n)) for c, f, e, n in found}


def check_report(text, heads, flips):
    """The frontend completes a flip itself when the event does not come in 3.1 s. It says so in the
    kernel's log, which is searched after every case."""
    report = flip_report(text)
    equal(sorted(report), sorted(heads), "the connectors that reported")
    for connector, done in report.items():
        equal(done, (flips, flips, flips), "connector %d's flips, events and last frame" % connector)


def check_frames(folder, heads, last, screen, ids=UNIQUE_ID, guest="g1", seed=0):
    """Insists that every recorded frame is exact, that they come in order, and that the last one is
    the last frame. Of a frame larger than the screen the upper left part is recorded."""
    for connector, (_, _, form) in heads.items():
        width, height = screen[connector]
        prefix = "display+%s+%s+" % (guest, ids[connector])
        names = [n for n in files(folder, ".png") if n.startswith(prefix)]
        expect(names, "connector %d: no frame was recorded" % connector)
        checker = png.Checker(form, connector + seed, width, height)
        frames = [checker.check(os.path.join(folder, name)) for name in names]
        expect(frames == sorted(frames), "connector %d: frames out of order: %s" % (
            connector, frames))
        equal(frames[-1], last, "connector %d's last picture" % connector)


def flips(bench, heads, count=60, screen=None, ids=UNIQUE_ID, device="/dev/dri/card0"):
    folder = bench.record("--no-sound --frames all")
    arguments = " ".join("-c %d:%dx%d:%s" % (c, *what) for c, what in heads.items())
    # -H: a frame on a screen that is switched off right after need not be recorded
    out = bench.guest("xt-flip -D %s %s -n %d -H 2" % (device, arguments, count), 60)
    check_report(out, heads, count)
    check_frames(bench.finish(folder), heads, count, screen or SCREEN, ids)


def flips_attached(bench, heads, count=60):
    """The same on screens of a display that the guest has for this case."""
    ids = {c: "size%d" % c for c in heads}
    screen = {c: (width, height) for c, (width, height, _) in heads.items()}
    attach_display(bench, ";".join("%s:%dx%d" % (ids[c], *screen[c]) for c in heads))
    flips(bench, heads, count, screen, ids, SECOND)
    detach_display(bench)


@case("60 flips on both connectors, XRGB8888: every picture exact, an event for every flip",
      limit=90, newer=True, share="display")
def flips_xr24(bench):
    flips(bench, {0: (800, 600, "xr24"), 1: (640, 480, "xr24")})


@case("60 flips on both connectors, RGB565: every picture exact, an event for every flip",
      limit=90, share="display")
def flips_rg16(bench):
    flips(bench, {0: (800, 600, "rg16"), 1: (640, 480, "rg16")})


@case("60 flips of frames larger than the screens, rows no multiple of 64 bytes: exact", limit=90,
      share="display")
def flips_larger(bench):
    flips(bench, {0: (803, 600, "rg16"), 1: (645, 481, "xr24")})


@case("60 flips on screens whose rows are no multiple of 64 bytes, both formats: exact", limit=120,
      share="display")
def flips_odd_width(bench):
    flips_attached(bench, {0: (803, 601, "rg16"), 1: (645, 481, "xr24")})


@case("30 flips on three screens of three sizes at once: every picture exact", limit=120,
      share="display")
def three_sizes(bench):
    flips_attached(bench, {0: (800, 600, "rg16"), 1: (640, 480, "xr24"), 2: (320, 200, "rg16")}, 30)


@case("what a program draws into the front buffer without flips is recorded, too", share="display")
def front_buffer(bench):
    folder = bench.record("--no-sound --frames newest")
    bench.guest("xt-flip -c 0 -n 20 -r 10 -d -H 1", 60)
    got = bench.finish(folder)
    equal(files(got, ".png"), ["display+g1+id0.png"], "the recorded files")
    frame = png.Checker("xr24", 0, 800, 600).check(os.path.join(got, "display+g1+id0.png"))
    equal(frame, 20, "the picture shows frame")


@case("the newest-only recording of 60 flips is exactly the last frame", share="display")
def newest(bench):
    folder = bench.record("--no-sound --frames newest")
    out = bench.guest("xt-flip -c 0 -n 60 -r 30 -H 2", 60)
    check_report(out, {0: None}, 60)
    got = bench.finish(folder)
    equal(files(got, ".png"), ["display+g1+id0.png"], "the recorded files")
    frame = png.Checker("xr24", 0, 800, 600).check(os.path.join(got, "display+g1+id0.png"))
    equal(frame, 60, "the picture shows frame")
