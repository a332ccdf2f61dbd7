# SPDX-License-Identifier: MIT
"""Guests come and go: stock xl, nothing left behind."""

import re

from lab.case import case, equal, expect
from lab.states import INSTALL


def alone(bench):
    bench.dom0("await 100 only_dom0 || { xl list; exit 1; }")


@case("xl create with vsnd and vdispl succeeds and the guest has its card and both screens",
      start="base", limit=90)
def create(bench):
    bench.machine.ok(INSTALL)
    bench.dom0("start_xenavd && create_guest", 80)
    listing = bench.dom0("xl vsnd-list g1 && xl vdispl-list g1")
    expect("play0" in listing and "cap0" in listing, "xl vsnd-list lacks a stream:\n" + listing)
    out = bench.guest("aplay -l && arecord -l && modetest -M xendrm-du -c", 60)
    equal(len(re.findall(r"^card 0: vsnd", out, re.M)), 2, "directions of the sound card")
    equal(re.findall(r"^  #0 (\S+)", out, re.M), ["800x600", "640x480"], "modes of the screens")


@case("xl shutdown and a second xl create of the same guest work, at once", limit=110)
def shutdown_create(bench):
    bench.dom0("xl shutdown -w g1", 60)
    alone(bench)
    bench.dom0("create_guest", 80)
    bench.guest("xt-pcm make s16 2 48000 1 1 > /tmp/a.wav && aplay -q -D hw:0,0 /tmp/a.wav && "
                "xt-flip -c 0 -c 1 -n 5", 60)


@case("xl destroy in mid-sound and mid-flip leaves no zombie and nothing held by xenavd",
      limit=90)
def destroy(bench):
    folder = bench.record("--frames newest")
    bench.machine.guest_start(
        "xt-pcm make s16 2 48000 30 1 > /tmp/a.wav; aplay -q -D hw:0,0 /tmp/a.wav & "
        "arecord -q -D hw:0,0 -f S16_LE -c 2 -r 48000 -d 30 -t raw /dev/null & "
        "xt-flip -c 0 -c 1 -n 3000", 60)
    bench.dom0("await 200 test -s %s/sound+g1+play0.wav && "
               "await 200 test -s %s/display+g1+id1.png && sleep 1" % (folder, folder), 60)
    busy = bench.dom0("holdings")
    bench.dom0("xl destroy g1", 40)
    alone(bench)
    bench.dom0("finish " + folder)
    before = bench.dom0("cat $run/held-at-first")
    expect(busy != before, "xenavd held nothing while the guest was busy: " + busy)
