# SPDX-License-Identifier: MIT
"""What has to hold after every case, whatever it was about."""

import re

from .errors import Failure

# What a kernel says when something went wrong in it, or when it waited for us in vain.
TROUBLE = re.compile(r"\bBUG\b|WARNING|Oops|Call Trace|general protection|divide error|refcount_t|"
                     r"soft lockup|blocked for more|[Tt]imed? ?out|TIMEDOUT|\*ERROR\*|"
                     r"(vsnd|vdispl|xendrm|snd_xen)\S*:.*([Ee]rror|[Ff]ail)")
# said by every boot of Debian's kernels in this machine
HARMLESS = re.compile(r"no Supported|Unknown kernel command line|panic_timeout")
GUESTS = "xl list | awk 'NR > 2 { print $1 }'"


def trouble(text, tolerated=None):
    """The lines of a kernel's log that should not be there."""
    return [line for line in text.splitlines()
            if TROUBLE.search(line) and not HARMLESS.search(line)
            and not (tolerated and re.search(tolerated, line))]


def check(bench):
    """Raises Failure. In the end no guest runs any more."""
    try:
        _check(bench)
    except Failure as e:
        raise Failure("after the case: %s" % e)


def _check(bench):
    machine = bench.machine
    for name in machine.ok(GUESTS).split():
        wrong = trouble(machine.guest_ok("dmesg", 30, name), bench.tolerated)
        if wrong:
            raise Failure("in %s's kernel log:\n%s" % (name, "\n".join(wrong[:20])))
    bench.dom0("nothing_left", 60)
