# SPDX-License-Identifier: MIT
"""The service is restarted and killed under a guest that uses everything."""

from lab.case import case

from .busy import Busy

TIMES = 10
# A restart under emulation takes a second or two. Keys are typed all the time.
PAUSE_S = 1.3
SECONDS = 110
OTHER = """
old=$(xenavd_pid)
%s
other() { pid=$(xenavd_pid); [ "$pid" != 0 ] && [ "$pid" != "$old" ] && systemctl is-active -q xenavd; }
await 200 other || { systemctl status xenavd; exit 1; }
sleep %s
"""
WAYS = ["systemctl restart xenavd", "kill -KILL $old"]


@case("xenavd is restarted ten times and killed ten times while the guest plays, shows and is typed "
      "into, which does not notice", start="service", limit=400)
def busy(bench):
    guest = Busy(bench, SECONDS)
    for way in WAYS:
        for _ in range(TIMES):
            bench.dom0(OTHER % (way, PAUSE_S), 60)
    for line in guest.check(len(WAYS) * TIMES):
        bench.say(line)
