# SPDX-License-Identifier: MIT
"""The packages are installed, and nothing else is done."""

import re

from lab.case import case, equal, expect

UNITS = "/lib/systemd/system/xenavd*"
EXPOSURE_MAX = 1.5


@case("a guest of xl uses all its devices after dpkg -i and systemctl enable --now", start="service",
      share="plain")
def guest(bench):
    bench.check_guest()


@case("the service runs as a user of its own without rights, as systemd-analyze finds", start="service",
      share="plain")
def walls(bench):
    bench.dom0("systemd-analyze verify --man=no %s" % UNITS)
    out = bench.dom0("systemd-analyze security --no-pager xenavd.service")
    level = float(re.search(r"Overall exposure level for xenavd.service: (\S+)", out)[1])
    expect(level <= EXPOSURE_MAX, "exposure %.1f: %s" % (level, out))
    status = dict(line.split(":\t", 1) for line in bench.dom0(
        "cat /proc/$(xenavd_pid)/status").splitlines() if ":\t" in line)
    user = bench.dom0("id -u xenavd").strip()
    equal(status["Uid"].split(), [user] * 4, "the user of the process")
    equal({name: int(status[name], 16) for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")},
          dict.fromkeys(("CapPrm", "CapEff", "CapBnd", "CapAmb"), 0), "its capabilities")
    equal(status["Seccomp"], "2", "its seccomp filter")
    equal(status["NoNewPrivs"], "1", "NoNewPrivs")
    bench.say("systemd-analyze security: %.1f" % level)


@case("after a reboot of dom0 a guest of xendomains uses all its devices", start="service", limit=200)
def after_reboot(bench):
    bench.dom0("mkdir -p /etc/xen/auto && cp $run/g.cfg /etc/xen/auto/g1.cfg && xl shutdown -w g1", 60)
    bench.machine.reboot()
    bench.dom0("all_connected g1", 90)
    bench.check_guest()
