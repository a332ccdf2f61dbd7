# SPDX-License-Identifier: MIT
"""A xenavd that cannot run gives the reason in one sentence and ends; it never hangs."""

import os
import re
import subprocess

from lab import programs
from lab.case import case, equal, expect
from lab.states import INSTALL

SECONDS = 30


def one_sentence(text, rc, what, words):
    """Insists on one sentence that matches the pattern words."""
    lines = [line for line in text.splitlines() if line.strip()]
    # 127 is a program that could not be loaded; numbers above are signals
    expect(0 < rc < 124, "%s: exit code %d\n%s" % (what, rc, text))
    equal(len(lines), 1, "%s: lines of explanation in\n%s\n" % (what, text))
    expect(re.search(words, text, re.I), "%s: the sentence does not name the reason: %s" % (what, text))


def start_badly(bench, command, what, words):
    result = bench.machine.dom0(". /opt/xt/xt.sh; timeout -s KILL %d %s" % (SECONDS, command),
                                SECONDS + 20)
    one_sentence(result.out, result.rc, what, words)


@case("xenavd where there is no Xen: one sentence and an exit code", start="host")
def no_xen(bench):
    program = programs.find(bench.build, "xenavd")
    run = subprocess.run(
        [program, "--foreground", "--socket", os.path.join(bench.folder, "socket")],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS,
        env={**os.environ, "LD_LIBRARY_PATH": ":".join(programs.library_folders(bench.build))})
    one_sentence(run.stdout, run.returncode, "without Xen", "xen")


@case("xenavd without permission for /dev/xen: one sentence and an exit code", start="base",
      share="no guest")
def no_permission(bench):
    bench.machine.ok(INSTALL)
    start_badly(bench, "su nobody -c 'xenavd --foreground --socket /tmp/socket'",
                "without permission", "permission|permitted|denied")


@case("xenavd while xenstored does not answer: one sentence, an exit code, no hang", start="base",
      limit=80, share="no guest")
def silent_xenstored(bench):
    bench.machine.ok(INSTALL + "kill -STOP $(cat /run/xenstored.pid)")
    try:
        start_badly(bench, "xenavd --foreground --user=", "with a silent xenstored", "xenstore")
    finally:
        bench.machine.ok("kill -CONT $(cat /run/xenstored.pid)")


@case("a second xenavd, with the same socket or another: one sentence, and the first one goes on",
      start="base", share="no guest")
def second(bench):
    bench.machine.ok(INSTALL)
    bench.dom0("start_xenavd")
    for socket in "", "--socket /tmp/socket":
        start_badly(bench, "xenavd --foreground " + socket, "beside another",
                    "another xenavd.*already")
    bench.dom0("kill -0 $(cat $run/xenavd.pid) && test -S /run/xenavd/socket")
