# SPDX-License-Identifier: MIT
"""Every sample, once, in order: playback and capture with Debian's aplay and arecord."""

import io
import os
import re
import wave

from lab import pattern, wav
from lab.case import case, equal, expect, files
from lab.errors import TooBusy

from .devices import RICH_CARD, attach_card, detach_card

PLAY = """
xt-pcm make %(form)s %(channels)d %(rate)d %(seconds)d %(seed)d > /tmp/play.wav &&
aplay -q -D hw:0,0 %(options)s /tmp/play.wav
"""


# Plays, and prints the positions of the stream in ALSA: frames, between two times in seconds.
WATCHED = """
while usleep 200000; do
	read -r before _ < /proc/uptime
	frames=
	while read -r word _ number; do
		[ $word != hw_ptr ] || frames=$number
	done < /proc/asound/card0/pcm0p/sub0/status
	read -r after _ < /proc/uptime
	[ -z "$frames" ] || echo "at $frames between $before $after"
done > /tmp/positions & watcher=$!
%s
rc=$?
kill $watcher
cat /tmp/positions
exit $rc
"""
PERIOD_FRAMES = 6000
# at 48 kHz, of a clock that counts hundredths of a second
CLOCK_FRAMES = 480


def play_script(options="", **sound):
    return PLAY % dict(sound, options=options)


def check_pace(output):
    """Insists that the guest played in time: otherwise the samples cannot be exact."""
    if "underrun" in output:
        raise TooBusy("the guest itself was late, this machine is too busy: " + output)


def expected(form, channels, rate, seconds, seed):
    return pattern.samples(form, seed, channels * rate * seconds)


def check_positions(output, frames):
    """Insists that the guest's positions follow the clock, each to within a period."""
    seen = [(int(at), float(before), float(after)) for at, before, after in
            re.findall(r"^at (\d+) between (\S+) (\S+)", output, re.M)
            if 0 < int(at) < frames - PERIOD_FRAMES]
    expect(len(seen) > 4, "only %d positions were seen" % len(seen))
    off = (max(at - 48000 * after for at, _, after in seen) -
           min(at - 48000 * before for at, before, _ in seen))
    expect(off <= PERIOD_FRAMES + CLOCK_FRAMES, "positions are %d frames off:\n%s" % (off, output))


def playback(bench, form, bits, channels, rate, silence, options="", watched=False):
    """Returns the output of the guest."""
    sound = {"form": form, "channels": channels, "rate": rate, "seconds": 5, "seed": 7}
    folder = bench.record("--no-display")
    script = play_script(options, **sound)
    out = bench.guest(WATCHED % script if watched else script)
    check_pace(out)
    got = bench.finish(folder)
    names = files(got, ".wav")
    equal(names, ["sound+g1+play0.wav"], "the recorded files")
    wav.check(os.path.join(got, names[0]), expected(**sound), channels, rate, bits, silence)
    return out


@case("aplay of 5 s, 48 kHz, stereo, s16: the recording holds exactly those samples, and positions "
      "follow the clock", newer=True, share="sound")
def playback_s16(bench):
    options = "--period-size=%d --buffer-size=%d" % (PERIOD_FRAMES, 16 * PERIOD_FRAMES)
    out = playback(bench, "s16", 16, 2, 48000, b"\0", options, watched=True)
    check_positions(out, 5 * 48000)


@case("aplay of 5 s, 8 kHz, mono, u8: the recording holds exactly those samples", share="sound")
def playback_u8(bench):
    playback(bench, "u8", 8, 1, 8000, b"\x80")


@case("three files played one after the other become three exact recordings", newer=True,
      share="sound")
def playback_thrice(bench):
    folder = bench.record("--no-display")
    short = {"form": "s16", "channels": 2, "rate": 48000, "seconds": 1}
    for seed in 1, 2, 3:
        check_pace(bench.guest(play_script(seed=seed, **short)))
    got = bench.finish(folder)
    for seed in 1, 2, 3:
        name = "sound+g1+play0%s.wav" % ("+%d" % seed if seed > 1 else "")
        wav.check(os.path.join(got, name), expected(seed=seed, **short), 2, 48000, 16)


# form, bits, channels, rate, and what aplay and arecord call the format
FORMS = (("u8", 8, 1, 8000, "U8"), ("s16", 16, 6, 48000, "S16_LE"), ("s24", 24, 2, 48000, "S24_LE"),
         ("s24", 24, 6, 8000, "S24_LE"), ("s32", 32, 3, 16000, "S32_LE"),
         ("s32", 32, 6, 16000, "S32_LE"))


def raw(channels, rate, name):
    return "-q -D hw:0,0 -t raw -f %s -c %d -r %d -B 2000000" % (name, channels, rate)


@case("u8, s16, s24 and s32, mono to six channels, are played exactly", limit=150, share="rich card")
def playback_forms(bench):
    detach_card(bench)
    attach_card(bench, RICH_CARD)
    for form, bits, channels, rate, name in FORMS:
        folder = bench.record("--no-display", folder="/run/xt/%s-%d" % (form, channels))
        sound = {"form": form, "channels": channels, "rate": rate, "seconds": 1, "seed": bits}
        header = 0 if bits > 16 else 44
        check_pace(bench.guest("xt-pcm make %s %d %d 1 %d | tail -c +%d | aplay %s" % (
            form, channels, rate, bits, header + 1, raw(channels, rate, name))))
        path = os.path.join(bench.finish(folder), "sound+g1+play0.wav")
        wav.check(path, expected(**sound), channels, rate, bits, b"\x80" if bits == 8 else b"\0")


def record_feeding(bench, wav_file, folder):
    """Starts a consumer that feeds this file, which is in dom0's memory by then, so that the host's disk
    has no part in what the guest hears."""
    bench.write("feed.wav", wav_file)
    bench.dom0("cp /share/feed.wav %s.wav" % folder)
    return bench.record("--no-display --feed %s.wav" % folder, folder=folder)


@case("u8, s16, s24 and s32, mono to six channels, are captured exactly", limit=150, share="rich card")
def capture_forms(bench):
    detach_card(bench)
    attach_card(bench, RICH_CARD)
    for form, bits, channels, rate, name in FORMS:
        tag = "%s-%d" % (form, channels)
        folder = record_feeding(bench, feed_file(form, bits // 8, channels, rate, 3, bits),
                                "/run/xt/" + tag)
        options = raw(channels, rate, name)
        if bits <= 16:
            options = options.replace("-t raw", "-t wav")
        bench.guest("arecord %s -d 1 /tmp/r && xt-pcm check %s %d %d 1 %d /tmp/r" % (
            options, form, channels, rate, bits))
        bench.finish(folder)


def feed_file(form, width, channels, rate, seconds, seed):
    file = io.BytesIO()
    with wave.open(file, "wb") as w:
        w.setnchannels(channels)
        w.setsampwidth(width)
        w.setframerate(rate)
        w.writeframes(expected(form, channels, rate, seconds, seed))
    return file.getvalue()


@case("arecord of 5 s gets exactly the samples that the consumer fed", newer=True, share="sound")
def capture(bench):
    folder = record_feeding(bench, feed_file("s16", 2, 2, 48000, 6, 9), "/run/xt/rec")
    # A card does not wait: the guest reads silence if the consumer is late. The long buffer gives it
    # a second, which is enough even on an overloaded machine.
    bench.guest("""
    arecord -q -D hw:0,0 -f S16_LE -c 2 -r 48000 -B 2000000 -d 5 /tmp/rec.wav &&
    xt-pcm check s16 2 48000 5 9 /tmp/rec.wav
    """)
    bench.finish(folder)
