# SPDX-License-Identifier: MIT
"""How a case is declared, and what it is given to work with."""

import os

from .errors import Failure
from .machine import GUEST

CASES = []


class Case:
    def __init__(self, function, sentence, start, limit):
        self.name = function.__module__.rsplit(".", 1)[-1] + "-" + function.__name__.replace(
            "_", "-")
        if start == "newer":
            self.name += "-newer"
            sentence += " (Linux 6.12)"
        self.function = function
        self.sentence = sentence
        self.start = start
        self.limit = limit


def case(sentence, start="guest", limit=60, newer=False):
    """start: the saved state "guest" or "base", or "host" for a case without a machine.
    limit: seconds after which the case is ended and has failed.
    newer: run it a second time, with a guest on the newer kernel."""
    def register(function):
        CASES.append(Case(function, sentence, start, limit))
        if newer:
            CASES.append(Case(function, sentence, "newer", limit))
        return function
    return register


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
        """A consumer that has claimed everything by the time this returns."""
        self.dom0("record %s %s" % (folder, options))
        return folder

    def finish(self, folder):
        """Ends that consumer, brings what it recorded to this side and returns the place."""
        self.dom0("finish " + folder)
        return self.machine.fetch(folder)

    def guest(self, script, seconds=40, name=GUEST):
        return self.machine.guest_ok(script, seconds, name)

    def tolerate(self, pattern):
        """What the check after the case shall not mind in the guests' kernel logs."""
        self.tolerated = pattern


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
