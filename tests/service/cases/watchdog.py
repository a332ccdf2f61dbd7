# SPDX-License-Identifier: MIT
"""Threads of xenavd hang: a debugger keeps them from running."""

from lab.case import case, expect

from .busy import Busy

# the threads by their names, and what tells that one of them hangs
THREADS = {"xenavd-worker": "The worker has not answered for",
           "xenavd-copier": "The copier has not answered for",
           "xenavd-store": "The thread of xenstored has not answered for"}
SECONDS = 50
# Waits for the next process, and prints how long the last one stood still.
HANG = """
before=$(xenavd_pid)
setsid xt-hold $before %(thread)s > $run/hold.log 2>&1 < /dev/null &
await 100 grep -q held $run/hold.log || { cat $run/hold.log; exit 1; }
held_ms=$(($(date +%%s%%N) / 1000000))
other() { now=$(xenavd_pid); [ "$now" != 0 ] && [ "$now" != "$before" ] && systemctl is-active -q xenavd; }
await 150 other || { journalctl -u xenavd -n 20; exit 1; }
echo $(($(date +%%s%%N) / 1000000 - held_ms))
journalctl -u xenavd -o cat | grep -q '%(says)s' || { journalctl -u xenavd -n 20; exit 1; }
"""


@case("the worker, the copier and the thread of xenstored hang while the guest plays and flips: systemd "
      "starts another xenavd, and the guest does not notice", start="service", limit=240)
def threads(bench):
    guest = Busy(bench, SECONDS)
    for thread, says in THREADS.items():
        took_ms = int(bench.dom0(HANG % {"thread": thread, "says": says}, 60).split()[0])
        bench.say("%s was held, and the next xenavd ran after %.1f s" % (thread, took_ms / 1000))
        # what the guest has written meanwhile is played
        bench.dom0("sleep 3")
    starts = int(bench.dom0("systemctl show --value -p NRestarts xenavd"))
    expect(starts >= len(THREADS), "systemd has started xenavd again %d times" % starts)
    for line in guest.check(starts):
        bench.say(line)
