# SPDX-License-Identifier: MIT
"""A guest that uses everything while the service is restarted: it plays, flips and is typed into,
and must not notice anything."""

import os
import re

from lab import pattern
from lab.case import FLIPPING, PLAYING, equal, expect, files

from . import stitches

CHANNELS, RATE, SEED = 1, 48000, 7
FLIPS_HZ = 5
# keys that are typed again and again, and the one that ends the report of xt-input
FIRST_KEY, LAST_KEY, END_KEY = 2, 53, 194
KEYS_A_SECOND = 2
NODES = ["/local/domain/%(domid)s/device/%(kind)s/0/state", "/local/domain/0/backend/%(ours)s/%(domid)s/0/state"]
KINDS = [("vsnd", "vsnd"), ("vdispl", "vdispl"), ("vkbd", "vinput")]
# Linux waits a tenth of a second for the event of a flip, then says so and gives it to the program
# itself, which takes the place of ours.
LATE_FLIP = r"Frame done timed-out, releasing"


class Busy:
    def __init__(self, bench, seconds):
        self.bench = bench
        self.seconds = seconds
        self.keys = [FIRST_KEY + i % (LAST_KEY - FIRST_KEY + 1)
                     for i in range(seconds * KEYS_A_SECOND)]
        bench.tolerate(LATE_FLIP)
        self._watch()
        self.recording = bench.record("--refresh=0 --frames=newest")
        guest = bench.machine.guest_start
        bench.guest("xt-pcm make s16 %d %d %d %d > /tmp/busy.wav" % (CHANNELS, RATE, seconds, SEED))
        self.typed = guest("xt-input -t %d -e 1:%d:0 > /tmp/input; rc=$?; cat /tmp/input; exit $rc" % (
            seconds + 90, END_KEY), seconds + 100)
        bench.await_guest("grep -q ^started /tmp/input")
        self.played = guest("read -r from _ < /proc/uptime; aplay -q -D hw:0,0 --buffer-time=2000000 --period-time=250000 /tmp/busy.wav; rc=$?; "
                            "read -r to _ < /proc/uptime; echo took $from $to; exit $rc",
                            seconds + 100)
        self.flipped = guest("xt-flip -c 0 -c 1 -n 100000 -r %d -i %d" % (FLIPS_HZ, seconds),
                             seconds + 100)
        self._feed()
        bench.await_guest(PLAYING + " && " + FLIPPING)

    def _watch(self):
        """Notes every change of a state of any device, ours and the frontends'."""
        domid = self.bench.domid()
        self.nodes = [node % {"domid": domid, "kind": kind, "ours": ours}
                      for kind, ours in KINDS for node in NODES]
        self.bench.dom0("setsid xenstore-watch %s > $run/states 2>&1 < /dev/null & "
                        "echo $! > $run/states.pid; n_lines() { [ $(wc -l < $run/states) = %d ]; }; "
                        "await 100 n_lines" % (" ".join(self.nodes), len(self.nodes)))

    def _feed(self):
        lines = []
        for code in self.keys:
            lines += ["tap %d %d" % (code, code), "flush", "sleep %d" % (1000 // KEYS_A_SECOND)]
        lines += ["tap %d %d" % (END_KEY, END_KEY), "flush", "sleep 1000"]
        self.bench.write("feed.txt", "".join(line + "\n" for line in lines).encode())
        self.feeding = self.bench.machine.start("xt-feed -p < /share/feed.txt")

    def check(self, restarts):
        """Waits for the end, and insists that all went on. Returns what was measured, as lines."""
        lines = self._check_flips() + self._check_sound(restarts)
        self._check_keys()
        self._check_states()
        return lines

    def _check_flips(self):
        out = self.flipped.ok(self.seconds + 60)
        found = re.findall(r"^connector (\d): (\d+) flips (\d+) events last frame (\d+) in (\S+) s "
                           r"slowest (\S+) s", out, re.M)
        equal([head[0] for head in found], ["0", "1"], "the connectors in: " + out)
        for _, flips, events, *_ in found:
            expect(flips == events and int(flips) > self.seconds, "flips without an event: " + out)
        return ["connector %s: %s flips, %s events, the slowest after %s s" % (n, f, e, slowest)
                for n, f, e, _, _, slowest in found]

    def _check_sound(self, restarts):
        out = self.played.ok(self.seconds + 60)
        start, end = map(float, re.search(r"^took (\S+) (\S+)$", out, re.M).groups())
        self.bench.dom0("sleep 1")
        folder = self.bench.finish(self.recording)
        name, = files(folder, ".wav")
        want = pattern.samples("s16", SEED, CHANNELS * RATE * self.seconds)
        found = stitches.gaps(os.path.join(folder, name), want)
        expect(len(found) <= restarts, "%d gaps after %d restarts: %s" % (
            len(found), restarts, "; ".join(map(str, found))))
        expect("underrun" not in out, "aplay lost its time: " + out)
        return ["aplay took %.1f s for %d s of sound" % (end - start, self.seconds)] + [
            "gap " + str(gap) for gap in found]

    def _check_keys(self):
        self.feeding.ok(60)
        events = [tuple(map(int, line.split()[2:4])) for line in self.typed.ok(60).splitlines()
                  if line.startswith("k 1 ")]
        wanted = [(code, value) for code in self.keys + [END_KEY] for value in (1, 0)]
        equal(events, wanted, "keys that went down and up")

    def _check_states(self):
        out = self.bench.dom0("kill $(cat $run/states.pid); cat $run/states").split()
        equal(sorted(out), sorted(self.nodes), "states that were written, besides those at first")
