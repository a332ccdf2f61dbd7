# SPDX-License-Identifier: MIT
"""What an administrator sees of a guest that plays and shows: the journal, and xenavctl."""

import json
import os
import re

from lab import png
from lab.case import FLIPPING, PLAYING, case, equal, expect

SECONDS = 60
PLAY = "aplay -q -D hw:0,0 -f S16_LE -c 1 -r 48000 -d %d --buffer-time=2000000 /dev/zero" % SECONDS
FLIP = "xt-flip -c 0 -c 1 -n 100000 -r 5 -i %d" % SECONDS
CONNECTED = ["vdispl %s/0: Connected to g1", "vinput %s/0: Connected to g1", "vsnd %s/0: Connected to g1"]
SHOWN = "id0", 0, 800, 600


def shown(bench, command):
    """The output of a command, which is also kept for the manual."""
    out = bench.dom0(command, 40)
    with open(os.path.join(bench.folder, "looks.txt"), "a") as f:
        f.write("$ %s\n%s" % (command, out))
    return out


def rows(text):
    """The lines of a table, without those between tables."""
    return [re.split(r"\s{2,}", line.strip()) for line in text.splitlines() if line.strip()]


def check_list(bench, domid):
    out = shown(bench, "xenavctl list")
    found = {tuple(row[2:4]): row for row in rows(out)[1:]}
    equal({row[0] for row in found.values()} | {row[1] for row in found.values()}, {domid, "g1"},
          "the guests of: " + out)
    for name, state in {("vsnd 0", "playback 0/0"): "started, 48000 Hz, s16_le, 1 channels",
                        ("vsnd 0", "capture 0/1"): "closed",
                        ("vdispl 0", "connector 0"): "shows 800x600, XR24",
                        ("vdispl 0", "connector 1"): "shows 640x480, XR24",
                        ("vinput 0", "input"): "keyboard pointer"}.items():
        expect(name in found and state in found[name], "%s: %s is missing in: %s" % (*name, out))
    expect(found["vsnd 0", "playback 0/0"][-2].startswith("xenav-record#"), "no driver in: " + out)


def check_top(bench):
    out = shown(bench, "xenavctl top --interval=3 --count=1")
    lines = [line for line in rows(out) if line[0] != "GUEST"]
    guest, stream, *connectors = lines
    expect(int(guest[1]) > 0, "no requests in: " + out)
    equal(stream[1:4], ["0/0/0 playback", "started", "48000"], "the stream of: " + out)
    equal([c[1:3] for c in connectors], [["0/0", "800x600"], ["0/1", "640x480"]],
          "the connectors of: " + out)
    for line in connectors:
        expect(float(line[3]) > 0 and float(line[4]) > 0, "no flips in: " + out)


def check_screenshot(bench):
    shown(bench, "cd /share && xenavctl screenshot g1/0")
    where = os.path.join(bench.machine.share, "screenshot.png")
    os.rename(where, os.path.join(bench.folder, "screenshot.png"))
    _, number, width, height = SHOWN
    frame = png.Checker("xr24", number, width, height).check(
        os.path.join(bench.folder, "screenshot.png"))
    expect(frame > 0, "the screenshot shows frame %d" % frame)


@case("the journal, xenavctl list, top and screenshot show a guest that plays and flips",
      start="service", limit=120)
def looks(bench):
    domid = bench.domid()
    recording = bench.record("--refresh=0 --frames=newest")
    busy = [bench.machine.guest_start(script, SECONDS + 60) for script in (PLAY, FLIP)]
    bench.await_guest(PLAYING + " && " + FLIPPING)
    bench.guest("sleep 1")
    said = shown(bench, "journalctl -o cat XENAV_DOMID=%s" % domid).splitlines()
    equal(sorted(line for line in said if "Connected" in line), [c % domid for c in CONNECTED],
          "what the journal has of the guest")
    one, = [json.loads(line) for line in bench.dom0(
        "journalctl -o json XENAV_DOMAIN=g1 XENAV_DEVICE=vsnd/0 | grep Connected").splitlines()]
    expect(one["MESSAGE_ID"] in bench.dom0("journalctl --dump-catalog"), "no catalog entry")
    check_list(bench, domid)
    check_top(bench)
    check_screenshot(bench)
    for job in busy:
        job.ok(SECONDS + 40)
    bench.finish(recording)
