# SPDX-License-Identifier: MIT
"""Every sample, once, in order: playback and capture with Debian's aplay and arecord."""

import io
import os
import wave

from lab import pattern, wav
from lab.case import case, equal, expect, files
from lab.states import INSTALL

PLAY = """
xt-pcm make %(form)s %(channels)d %(rate)d %(seconds)d %(seed)d > /tmp/play.wav &&
aplay -q -D hw:0,0 %(options)s /tmp/play.wav
"""


def play_script(options="", **sound):
    return PLAY % dict(sound, options=options)


def check_pace(output):
    """The exact samples are only there when the guest was in time to play them."""
    expect("underrun" not in output, "the guest itself was late, this machine is too busy: " +
           output)


def expected(form, channels, rate, seconds, seed):
    return pattern.samples(form, seed, channels * rate * seconds)


def playback(bench, form, bits, channels, rate, silence, options=""):
    sound = {"form": form, "channels": channels, "rate": rate, "seconds": 5, "seed": 7}
    folder = bench.record("--no-display")
    check_pace(bench.guest(play_script(options, **sound)))
    got = bench.finish(folder)
    names = files(got, ".wav")
    equal(names, ["sound+g1+play0.wav"], "the recorded files")
    wav.check(os.path.join(got, names[0]), expected(**sound), channels, rate, bits, silence)


@case("aplay of 5 s, 48 kHz, stereo, s16: the recording holds exactly those samples", newer=True)
def playback_s16(bench):
    playback(bench, "s16", 16, 2, 48000, b"\0")


@case("aplay of 5 s, 8 kHz, mono, u8: the recording holds exactly those samples")
def playback_u8(bench):
    playback(bench, "u8", 8, 1, 8000, b"\x80")


@case("three files played one after the other become three exact recordings", newer=True)
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
RICH_CARD = ("sed 's/sample-rates=8000;48000, sample-formats=u8;s16_le/sample-rates=8000;16000;48000, "
             "sample-formats=u8;s16_le;s24_le;s32_le, channels-max=6/' /opt/xt/guest.cfg "
             "> $run/g.cfg && start_xenavd && create_guest $run/g.cfg")


def raw(channels, rate, name):
    return "-q -D hw:0,0 -t raw -f %s -c %d -r %d -B 2000000" % (name, channels, rate)


@case("u8, s16, s24 and s32, mono to six channels, are played exactly", start="base", limit=150)
def playback_forms(bench):
    bench.machine.ok(INSTALL)
    bench.dom0(RICH_CARD, 80)
    for form, bits, channels, rate, name in FORMS:
        folder = bench.record("--no-display", folder="/run/xt/%s-%d" % (form, channels))
        sound = {"form": form, "channels": channels, "rate": rate, "seconds": 1, "seed": bits}
        header = 0 if bits > 16 else 44
        check_pace(bench.guest("xt-pcm make %s %d %d 1 %d | tail -c +%d | aplay %s" % (
            form, channels, rate, bits, header + 1, raw(channels, rate, name))))
        path = os.path.join(bench.finish(folder), "sound+g1+play0.wav")
        wav.check(path, expected(**sound), channels, rate, bits, b"\x80" if bits == 8 else b"\0")


@case("u8, s16, s24 and s32, mono to six channels, are captured exactly", start="base", limit=150)
def capture_forms(bench):
    bench.machine.ok(INSTALL)
    bench.dom0(RICH_CARD, 80)
    for form, bits, channels, rate, name in FORMS:
        tag = "%s-%d" % (form, channels)
        bench.write(tag + ".wav", feed_file(form, bits // 8, channels, rate, 3, bits))
        folder = bench.record("--no-display --feed /share/%s.wav" % tag, folder="/run/xt/" + tag)
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


@case("arecord of 5 s gets exactly the samples that the consumer fed", newer=True)
def capture(bench):
    bench.write("feed.wav", feed_file("s16", 2, 2, 48000, 6, 9))
    folder = bench.record("--no-display --feed /share/feed.wav")
    # A card does not wait: what the consumer brings too late is silence. The long buffer gives it
    # a second, which is much even for an overloaded machine.
    bench.guest("""
    arecord -q -D hw:0,0 -f S16_LE -c 2 -r 48000 -B 2000000 -d 5 /tmp/rec.wav &&
    xt-pcm check s16 2 48000 5 9 /tmp/rec.wav
    """)
    bench.finish(folder)
