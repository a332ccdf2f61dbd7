# SPDX-License-Identifier: MIT
"""Devices come and go while the guest runs: stock xl, stock drivers."""

from lab import wav
from lab.case import case, equal, expect

from .devices import CARD, SECOND, attach_card, attach_display, detach_card, detach_display
from .display import check_frames, check_report
from .sound import check_pace, expected, play_script

TIMES = 5


def rows(listing):
    """The lines of devices in the output of xl vsnd-list or vdispl-list."""
    return [line for line in listing.splitlines() if line.lower().startswith("devid:")]


@case("xl vdispl-attach, -list and -detach, five times: the screen works each time", limit=110,
      share="display")
def vdispl(bench):
    for turn in range(TIMES):
        attach_display(bench, "hot:320x240")
        equal(len(rows(bench.dom0("xl vdispl-list g1"))), 2, "displays in xl vdispl-list")
        folder = bench.record("--no-sound --unique-id hot --frames all",
                              folder="/run/xt/rec%d" % turn)
        out = bench.guest("xt-flip -D %s -c 0:320x240:rg16 -n 10 -H 1" % SECOND, 40)
        check_report(out, {0: None}, 10)
        check_frames(bench.finish(folder), {0: (320, 240, "rg16")}, 10, {0: (320, 240)},
                     ids={0: "hot"})
        detach_display(bench)
        equal(len(rows(bench.dom0("xl vdispl-list g1"))), 1, "displays in xl vdispl-list")


@case("xl vsnd-detach, -attach and -list, five times: the card plays exactly each time", limit=120)
def vsnd(bench):
    sound = {"form": "s16", "channels": 2, "rate": 48000, "seconds": 1}
    for turn in range(TIMES):
        detach_card(bench)
        equal(rows(bench.dom0("xl vsnd-list g1")), [], "cards in xl vsnd-list")
        attach_card(bench, CARD % "hot")
        expect("hot" in bench.dom0("xl vsnd-list g1"), "xl vsnd-list does not know the stream")
        folder = bench.record("--no-display", folder="/run/xt/rec%d" % turn)
        check_pace(bench.guest(play_script("-B 2000000", seed=turn, **sound)))
        wav.check(bench.finish(folder) + "/sound+g1+hot.wav", expected(seed=turn, **sound), 2,
                  48000, 16)


@case("xl vsnd-detach and vdispl-detach in mid-sound and mid-flip: xl does not wait", limit=130)
def in_use(bench):
    playing, flipping = bench.make_busy()
    bench.dom0("xl vsnd-detach g1 0 && xl vdispl-detach g1 0", 40)
    # no answer was missing: aplay and xt-flip soon find that their device is gone
    expect("No such device" in playing.wait(40).out, "aplay did not lose its card")
    flipping.wait(40)
    bench.replace_guest()


@case("a frontend that fails again and again has to wait, is reported once, delays no other "
      "device, and a new attach is served at once", limit=180)
def failing(bench):
    bench.dom0("xl vsnd-attach g1 " + CARD % "second", 40)
    bench.dom0("await 600 grep -q 'vsnd 1/1: The frontend keeps failing' "
               "$run/xenavd.log", 90)
    check_pace(bench.guest(play_script("-B 2000000", form="s16", channels=2, rate=48000,
                                       seconds=5, seed=1)))
    equal(bench.dom0("grep -c 'The frontend keeps failing' $run/xenavd.log").strip(), "1",
          "complaints about a frontend that fails")
    tries = int(bench.dom0("grep -c 'vsnd 1/1: Connected' $run/xenavd.log"))
    expect(tries < 10, "%d connections of a frontend that fails" % tries)
    # a device that the toolstack attaches is served at once: the place of the card is free now
    bench.dom0("xl vsnd-detach g1 1", 40)
    detach_card(bench)
    attach_card(bench, CARD % "second")
    bench.guest(play_script(form="s16", channels=2, rate=48000, seconds=1, seed=1))
    bench.tolerate("cannot find the slot|xen_snd_front|failed")
