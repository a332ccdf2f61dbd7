# SPDX-License-Identifier: MIT
"""xenstored is not there at first, is killed and started again, or replaces itself."""

import re

from lab.case import PLAYING, case, expect
from lab.states import INSTALL

# Debian starts oxenstored unless /etc/default/xen names another program.
CHOOSE = "sed -i 's,^#*XENSTORED=.*,XENSTORED=%s,' /etc/default/xen"
C_XENSTORED = "/usr/lib/xen-4.17/bin/xenstored"
KILL = "kill -KILL $(pidof oxenstored xenstored)"
SAYS = "says() { journalctl -u xenavd -o cat | grep -q -E \"$1\"; }; await %d says '%s' || " \
       "{ journalctl -u xenavd; exit 1; }"
PLAY = "xt-pcm make s16 2 48000 %d 1 > /tmp/a.wav && aplay -q -D hw:0,0 /tmp/a.wav"


def says(bench, text, seconds=20):
    """Waits until xenavd has said that."""
    bench.dom0(SAYS % (10 * seconds, text), seconds + 20)


@case("xenstored is killed while a guest plays: the guest plays on, xenavd says so, and serves new "
      "guests when another xenstored runs", start="service", limit=180)
def killed(bench):
    playing = bench.machine.guest_start(PLAY % 10, 60)
    bench.await_guest(PLAYING)
    bench.dom0(KILL)
    says(bench, "Lost xenstored")
    playing.ok(70)
    bench.dom0("systemctl restart xen", 60)
    says(bench, "xenstored is back")
    # A new xenstored does not know the guest, nor do the tools.
    bench.forget_guest()
    bench.dom0("command xl destroy 1; await 100 only_dom0 && create_guest $run/g.cfg", 100)
    bench.check_guest()


@case("the service starts without xenstored and serves guests when it comes, and while it replaces "
      "itself", start="systemd", limit=200)
def late(bench):
    bench.machine.ok(INSTALL)
    bench.dom0(KILL + "; rm /run/xenstore.pid; " + CHOOSE % "/nonexistent" + "\n"
               "! systemctl restart xen && install_packages", 60)
    bench.dom0(CHOOSE % C_XENSTORED + "; systemctl restart xen && await 100 systemctl is-active xenavd",
               60)
    says(bench, "serves domain|xenstored is back")
    bench.dom0("sed 's,/tmp/boot,/var/lib/xt,' /opt/xt/guest.cfg > $run/g.cfg && "
               "create_guest $run/g.cfg", 100)
    playing = bench.machine.guest_start(PLAY % 5, 60)
    bench.await_guest(PLAYING)
    out = bench.dom0("xenstore-control live-update %s && sleep 1 && journalctl -o cat -t xenstored" %
                     C_XENSTORED)
    expect(re.search("live-update: read state", out), "xenstored did not replace itself: " + out)
    playing.ok(60)
    bench.dom0("xl vkb-attach g1 backend-type=linux backend=Domain-0 && "
               "new() { [ \"$(state vkbd $(xl domid g1) 1)\" = '4 4' ]; }; await 200 new", 60)
    bench.check_guest()
