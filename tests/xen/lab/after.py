# SPDX-License-Identifier: MIT
"""What has to hold after every case."""

import re

from .errors import Failure

# Kernel messages about errors, and about answers that did not come in time.
TROUBLE = re.compile(r"\bBUG\b|WARNING|Oops|Call Trace|general protection|divide error|refcount_t|"
                     r"soft lockup|blocked for more|[Tt]imed?[ -]?out|TIMEDOUT|\*ERROR\*|"
                     r"(vsnd|vdispl|xendrm|snd_xen)\S*:.*([Ee]rror|[Ff]ail)")
# Messages of the frontends after every xl detach, which removes the directories first; of a frontend
# that connects during the detach and finds its own directory gone; and of Linux 7.3 about its clocks
# when the emulated machine is slow.
HARMLESS = re.compile(r"xen_drv_remove.*Backend state is Unknown while removing driver|"
                      r"(vsnd|vdispl)-\d+: Error writing .*: -13$|"
                      r"clocksource: Watchdog \S+ read timed out")
GUESTS = "xl list | awk 'NR > 2 { print $1 }'"


# Linux's display frontend gives a warning about a reference count whenever it releases a screen that
# was in use. All lines of the warning are cut out.
RELEASE = re.compile(r"^[^\n]*cut here(?:(?!end trace).)*?xen_drm_drv_release.*?end trace[^\n]*$",
                     re.M | re.S)
REFCOUNT = re.compile(r"refcount_t: (addition on 0|underflow); use-after-free")


def without_release(text):
    return RELEASE.sub(lambda m: "" if REFCOUNT.search(m.group()) else m.group(), text)


def trouble(text, tolerated=None):
    """The lines of a kernel's log that should not be there."""
    return [line for line in without_release(text).splitlines()
            if TROUBLE.search(line) and not HARMLESS.search(line)
            and not (tolerated and re.search(tolerated, line))]


def check(bench, last):
    """Raises Failure. After the last case of a machine it destroys the guests first."""
    try:
        _check(bench, last)
    except Failure as e:
        raise Failure("after the case: %s" % e)


def _check(bench, last):
    machine = bench.machine
    for name in machine.ok(GUESTS).split():
        wrong = trouble(machine.guest_ok("dmesg -c", 30, name), bench.tolerated)
        if wrong:
            raise Failure("in %s's kernel log:\n%s" % (name, "\n".join(wrong[:20])))
    bench.dom0("nothing_left" if last else "as_found", 80)
