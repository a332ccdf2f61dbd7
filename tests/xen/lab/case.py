# SPDX-License-Identifier: MIT
"""Declares cases, and gives them a bench to work on."""

import os

from . import kernels
from .errors import Failure
from .machine import GUEST

CASES = []
# what a case says besides its result
SAID = "said.txt"
# conditions of a guest's shell
PLAYING = "grep -q RUNNING /proc/asound/card0/pcm0p/sub0/status"
FLIPPING = "pidof xt-flip"


class Case:
    def __init__(self, function, sentence, start, limit, skip=None, share=None):
        self.skip = skip
        self.name = function.__module__.rsplit(".", 1)[-1] + "-" + function.__name__.replace(
            "_", "-")
        if start in kernels.STARTS[1:]:
            self.name += kernels.suffix(start)
            sentence += " (%s kernel)" % start
        self.function = function
        self.sentence = sentence
        self.start = start
        self.limit = limit
        self.share = share


def case(sentence, start="guest", limit=60, newer=False, skip=None, share=None):
    """start: the saved state, see states.py, or "host" for a case without a machine.
    limit: seconds after which the case is ended and has failed.
    newer: run it again with a guest on each of the newer kernels.
    skip: why it cannot be run anywhere.
    share: the name of a machine that cases with the same start and name use one after the other.
    Such a case leaves the guest as it found it, idle and with the same devices."""
    def register(function):
        CASES.append(Case(function, sentence, start, limit, skip, share))
        for other in kernels.STARTS[1:] if newer else []:
            CASES.append(Case(function, sentence, other, limit, None, share))
        return function
    return register


def units(cases):
    """The cases as lists of those that share a machine."""
    found = {}
    for c in cases:
        found.setdefault((c.start, c.share or c.name), []).append(c)
    return list(found.values())


class Bench:
    """What a case works on: a machine, a folder of its own and a few habits."""

    def __init__(self, machine, folder, build):
        self.machine = machine
        self.folder = folder
        self.build = build
        self.tolerated = None

    def write(self, name, data):
        """Puts a file where dom0 sees it as /share/NAME."""
        with open(os.path.join(self.machine.share, name), "wb") as f:
            f.write(data)

    def dom0(self, script, seconds=30):
        return self.machine.ok(". /opt/xt/xt.sh\n" + script, seconds)

    def record(self, options="", folder="/run/xt/rec"):
        """Starts a consumer, and returns when it has claimed everything."""
        self.dom0("record %s %s" % (folder, options))
        return folder

    def finish(self, folder):
        """Ends the consumer, moves its recordings to the host and returns their folder."""
        self.dom0("finish " + folder)
        return self.fetch(folder)

    def fetch(self, path):
        """Moves a folder of dom0 into the case's own; returns where it is now."""
        self.dom0("cp -r %s /share/fetched && rm -r %s" % (path, path))
        here = os.path.join(self.folder, os.path.basename(path))
        os.rename(os.path.join(self.machine.share, "fetched"), here)
        return here

    def guest(self, script, seconds=40, name=GUEST):
        return self.machine.guest_ok(script, seconds, name)

    def await_guest(self, condition, name=GUEST):
        """Waits for up to 30 s of the guest's own time until these commands of its shell succeed."""
        self.guest("n=0; until %s; do n=$((n+1)); [ $n -lt 300 ] || exit 1; usleep 100000; done" %
                   condition, 80, name)

    def status(self, kind):
        """The lines of xenavd's status of that kind, e.g. "connector", as {name: number or word}."""
        return [{name: int(value) if value.isdigit() else value
                 for name, value in (word.split("=", 1) for word in words)}
                for first, *words in map(str.split, self.dom0("status").splitlines())
                if first == kind]

    def domid(self, name=GUEST):
        return self.machine.ok("xl domid " + name).strip()

    def make_busy(self, name=GUEST):
        """Starts sound in both directions and flips on both screens. Returns the two jobs, which
        end when they lose their devices.

        A sound card that is lost while it is in use may crash the guest's kernel: Linux writes
        into memory that it has freed. After that, use replace_guest()."""
        self.guest("xt-pcm make s16 2 48000 60 1 > /tmp/busy.wav", name=name)
        jobs = [self.machine.guest_start(script, 100, name) for script in (
            "arecord -q -D hw:0,0 -f S16_LE -c 2 -r 48000 -t raw /dev/null & "
            "aplay -q -D hw:0,0 /tmp/busy.wav", "xt-flip -c 0 -c 1 -n 100000 -r 20")]
        self.await_guest(PLAYING + " && " + FLIPPING, name)
        self.guest("sleep 1", name=name)
        return jobs

    def forget_guest(self):
        """Ends the scripts that wait for an answer of a guest that is gone: another guest may get
        its terminal."""
        self.machine.ok("killall xt-guest; true")

    def replace_guest(self):
        """Destroys the guest, and checks that a new one is served."""
        self.forget_guest()
        self.dom0("xl destroy g1 && await 100 only_dom0 && create_guest", 100)
        self.check_guest()

    def check_guest(self, name=GUEST):
        """Checks that the guest can use all its devices. A display that comes back before a program
        has closed it has another number."""
        self.await_guest("[ -e /dev/snd/pcmC0D0p ] && ls /dev/dri/card* > /dev/null 2>&1", name)
        self.guest("""
        xt-pcm make s16 2 48000 1 1 > /tmp/a.wav && aplay -q -D hw:0,0 /tmp/a.wav &&
        arecord -q -D hw:0,0 -f S16_LE -c 2 -r 48000 -d 1 -t raw /dev/null &&
        xt-flip -D $(ls /dev/dri/card* | head -n 1) -c 0 -c 1 -n 5""", 60, name)

    def tolerate(self, pattern):
        """A pattern that the check after the case ignores in the guests' kernel logs."""
        self.tolerated = pattern

    def say(self, text):
        """A line that is printed below the case's result."""
        with open(os.path.join(self.folder, SAID), "a") as f:
            f.write(text + "\n")


def expect(condition, text):
    if not condition:
        raise Failure(text)


def equal(got, want, what):
    if got != want:
        raise Failure("%s: %r, not %r" % (what, got, want))


def files(folder, suffix):
    """The names in a folder, sorted; fails when there are none."""
    names = sorted(n for n in os.listdir(folder) if n.endswith(suffix))
    if not names:
        raise Failure("no %s file was recorded, only: %s" % (
            suffix, ", ".join(sorted(os.listdir(folder))) or "nothing"))
    return names
