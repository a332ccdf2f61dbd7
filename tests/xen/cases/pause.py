# SPDX-License-Identifier: MIT
"""Guests that stand still: for longer than their frontends wait for an answer, or to be saved."""

import os

from lab.case import PLAYING, case, equal, expect, files
from lab.wav import Wav

from .sound import expected, play_script, playback

PAUSED_S = 6
FRAME_BYTES = 4
BUFFER_BYTES = 65536


def await_sound(bench):
    bench.await_guest(PLAYING)
    bench.guest("sleep 1")


@case("xl pause for 6 s, longer than a request may take: sound and flips before and after",
      limit=100)
def longer_than_a_request(bench):
    playback(bench, "s16", 16, 2, 48000, b"\0", "-B 2000000")
    sound = bench.machine.guest_start(
        "xt-pcm make s16 2 48000 8 1 > /tmp/a.wav; aplay -q -D hw:0,0 /tmp/a.wav", 80)
    flips = bench.machine.guest_start("xt-flip -c 0 -c 1 -n 150 -r 25", 80)
    await_sound(bench)
    bench.dom0("xl pause g1 && sleep %d && xl unpause g1" % PAUSED_S, 60)
    # the pause is an underrun for aplay, which recovers from it
    sound.ok(80)
    out = flips.ok(80)
    expect(out.count("150 flips 150 events") == 2, "flips were lost:\n" + out)
    bench.check_guest()


@case("xl save -c in mid-sound: all that the guest plays after it is heard", limit=120)
def saved_in_sound(bench):
    """ALSA loses its buffer when it is suspended, as with any card, and no more than that."""
    sound = {"form": "s16", "channels": 2, "rate": 48000, "seconds": 8, "seed": 7}
    folder = bench.record("--no-display")
    player = bench.machine.guest_start(play_script(
        "--buffer-size=%d --period-size=4096" % (BUFFER_BYTES // FRAME_BYTES), **sound), 80)
    await_sound(bench)
    bench.dom0("xl save -c g1 /tmp/g1.save > /dev/null 2>&1; rm /tmp/g1.save", 80)
    player.ok(80)
    got = bench.finish(folder)
    names = files(got, ".wav")
    equal(names, ["sound+g1+play0.wav"], "the recorded files")
    heard = Wav(os.path.join(got, names[0])).data
    want = expected(**sound)
    good = 0
    while heard[good:good + FRAME_BYTES] == want[good:good + FRAME_BYTES] and good < len(want):
        good += FRAME_BYTES
    expect(good > 0, "nothing was heard")
    bench.dom0("grep 'Stream 0/0 triggered: 1 at [1-9]' $run/xenavd.log")
    if good == len(want):
        # nothing was lost, which is as good
        expect(not any(heard[good:]), "something follows what was played")
        return
    on = want.find(heard[good:good + 16 * FRAME_BYTES], good)
    expect(on > good, "what follows frame %d was not played then" % (good // FRAME_BYTES))
    end = good + len(want) - on
    expect(heard[good:end] == want[on:], "what was played after that is not whole")
    expect(not any(heard[end:]), "something follows what was played")
    expect(on - good <= BUFFER_BYTES, "%d bytes are lost" % (on - good))
