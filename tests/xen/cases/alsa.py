# SPDX-License-Identifier: MIT
"""xenav-alsa on dom0's own sound card, an HDA that QEMU emulates and records on the host."""

import base64
import io
import os
import wave

from lab import pattern, soundcard, tune
from lab.case import case, equal, expect

from .sound import check_pace

# the emulated machine may stand still for that long
LATENCY_MS = 1000
CARD = """
cd / && cpio -idu < /stage/sound.cpio 2> /dev/null
while read -r module; do
	case $module in %s) continue ;; esac
	insmod /mod/$module 2>&1 | grep -v 'File exists'
done < /mod/order
cd $run
await 100 test -e /dev/snd/controlC0 || { echo "there is no card"; dmesg | tail -n 20; exit 1; }
"""
START = """
xenav-alsa --latency %d %s > $run/alsa.log 2>&1 < /dev/null &
echo $! > $run/alsa.pid
all_claimed $run/alsa.log || exit 1
"""
# The tune, and two seconds of silence: a queue of the latency, and a second in which QEMU writes
# the end of the tune.
TUNE = """
(tail -c +45 /data/tune.wav; head -c 384000 /dev/zero) > /tmp/tune
aplay -q -D hw:0,0 -t raw -f S16_LE -c 2 -r 48000 -B 2000000 /tmp/tune
"""
# A dmix that can queue the latency: alsa-lib's own has 341 ms.
DMIX = """
cat > /etc/asound.conf <<'END'
pcm.!default {
	type plug
	slave.pcm {
		type dmix
		ipc_key 1024
		slave { pcm "hw:0" format S16_LE rate 48000 channels 2 period_size 1024 buffer_size 65536 }
	}
}
END
"""


def insert_card(bench, without):
    bench.dom0(CARD % without)


def start(bench, options):
    bench.dom0(START % (LATENCY_MS, options))


def stop(bench):
    """Ends xenav-alsa; returns what it said."""
    return bench.dom0("""
    kill $(cat $run/alsa.pid) && await 100 ended $(cat $run/alsa.pid) || exit 1
    cat $run/alsa.log
    """)


def heard(bench):
    """What the card has played, without the silence around it."""
    return soundcard.recording(os.path.join(bench.folder, "card.wav")).strip(b"\0")


def played_tune():
    with wave.open(io.BytesIO(tune.wav())) as w:
        return w.readframes(w.getnframes()).strip(b"\0")


def first_difference(got, want):
    at = next((i for i in range(min(len(got), len(want))) if got[i] != want[i]), None)
    return "%d bytes, not %d; the first difference is at byte %s" % (len(got), len(want), at)


@case("aplay of the tune: QEMU's recording of dom0's HDA card has it complete and in order",
      start="sounding", limit=150)
def tune_on_hda(bench):
    insert_card(bench, "snd-aloop.ko|snd_aloop.ko")
    start(bench, "--pcm hw:0")
    check_pace(bench.guest(TUNE, 60))
    said = stop(bench)
    expect("closed underruns=0" in said, "the card had underruns:\n" + said)
    got, want = heard(bench), played_tune()
    expect(got == want, "the tune is not what was heard: %s\n%s" % (
        first_difference(got, want), said))


@case("a guest and a program of dom0 share the card through dmix: the tune is whole", start="sounding",
      limit=150)
def shared_by_dmix(bench):
    insert_card(bench, "snd-aloop.ko|snd_aloop.ko")
    bench.dom0(DMIX + """
    aplay -q -D default -t raw -f S16_LE -c 2 -r 48000 /dev/zero > $run/aplay.log 2>&1 < /dev/null &
    echo $! > $run/aplay.pid
    await 50 grep -q RUNNING /proc/asound/card0/pcm0p/sub0/status
    """)
    start(bench, "--pcm default")
    check_pace(bench.guest(TUNE, 60))
    said = stop(bench)
    bench.dom0("kill $(cat $run/aplay.pid) || { cat $run/aplay.log; exit 1; }")
    expect("closed underruns=0" in said, "the card had underruns:\n" + said)
    got, want = heard(bench), played_tune()
    expect(got == want, "the tune is not what was heard: %s\n%s" % (
        first_difference(got, want), said))


@case("dom0's card is unplugged while a guest plays: the guest plays on, and is heard again when the "
      "card is back", start="sounding", limit=200)
def unplugged(bench):
    insert_card(bench, "snd-aloop.ko|snd_aloop.ko")
    start(bench, "--pcm hw:0")
    job = bench.machine.guest_start(TUNE, 60)
    bench.dom0("""
    cd /sys/bus/pci/drivers/snd_hda_intel || exit 1
    await 200 grep -q 'plays pcm' $run/alsa.log && sleep 2 || exit 1
    ls -d 0000:* > $run/card
    cat $run/card > unbind && await 100 grep -q 'is lost: No such device' $run/alsa.log
    """, 60)
    out = job.ok(80)
    expect("underrun" not in out and "error" not in out, "the guest noticed: " + out)
    bench.dom0("""
    cat $run/card > /sys/bus/pci/drivers/snd_hda_intel/bind
    await 100 test -e /dev/snd/pcmC0D0p
    """, 30)
    before = len(soundcard.recording(os.path.join(bench.folder, "card.wav")))
    check_pace(bench.guest(TUNE, 60))
    said = stop(bench)
    rest = soundcard.recording(os.path.join(bench.folder, "card.wav"))[before:].strip(b"\0")
    want = played_tune()
    expect(rest.endswith(want) or rest == want, "the second tune is not what was heard: %s\n%s" % (
        first_difference(rest, want), said))


@case("a guest records from dom0's loopback card what dom0 plays there, in order", start="sounding",
      limit=150)
def capture_from_loopback(bench):
    rate, seconds, seed = 8000, 20, 5
    want = pattern.samples("s16", seed, rate * seconds)
    file = io.BytesIO()
    with wave.open(file, "wb") as w:
        w.setnchannels(1)
        w.setsampwidth(2)
        w.setframerate(rate)
        w.writeframes(want)
    bench.write("feed.wav", file.getvalue())
    insert_card(bench, "snd-hda*|snd_hda*")
    start(bench, "--map 'play0=-' --capture=hw:0,1,0")
    bench.dom0("""
    aplay -q -D hw:0,0,0 -B 2000000 /share/feed.wav > $run/aplay.log 2>&1 < /dev/null &
    sleep 1
    """)
    out = bench.guest("""
    arecord -q -D hw:0,0 -t raw -f S16_LE -c 1 -r 8000 -B 2000000 -d 4 /tmp/r || exit 1
    base64 /tmp/r
    """, 60)
    said = stop(bench)
    got = base64.b64decode("".join(line.strip() for line in out.splitlines()))
    equal(len(got), 4 * rate * 2, "bytes recorded")
    start_at = len(got) - len(got.lstrip(b"\0"))
    start_at -= start_at % 2
    got = got[start_at:]
    expect(len(got) > 2 * rate * 2, "most of the recording is silence\n" + said)
    at = want.find(got[:64])
    expect(at >= 0 and at % 2 == 0, "the recording begins with nothing that was played\n" + said)
    expect(got == want[at:at + len(got)], "the recording is not in order: %s\n%s" % (
        first_difference(got, want[at:at + len(got)]), said))
