# SPDX-License-Identifier: MIT
"""A guest that stands still for longer than its frontends wait for an answer."""

from lab.case import case, expect

from .sound import playback

PAUSED_S = 6


@case("xl pause for 6 s, longer than a request may take: sound and flips before and after",
      limit=100)
def longer_than_a_request(bench):
    playback(bench, "s16", 16, 2, 48000, b"\0", "-B 2000000")
    sound = bench.machine.guest_start(
        "xt-pcm make s16 2 48000 8 1 > /tmp/a.wav; aplay -q -D hw:0,0 /tmp/a.wav", 80)
    flips = bench.machine.guest_start("xt-flip -c 0 -c 1 -n 150 -r 25", 80)
    bench.guest("n=0; until grep -q RUNNING /proc/asound/card0/pcm0p/sub0/status; do "
                "n=$((n+1)); [ $n -lt 200 ] || exit 1; usleep 100000; done; sleep 1")
    bench.dom0("xl pause g1 && sleep %d && xl unpause g1" % PAUSED_S, 60)
    # what was not played in time is an underrun, from which aplay recovers
    sound.ok(80)
    out = flips.ok(80)
    expect(out.count("150 flips 150 events") == 2, "flips were lost:\n" + out)
    bench.check_guest()
