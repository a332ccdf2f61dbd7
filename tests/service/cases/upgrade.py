# SPDX-License-Identifier: MIT
"""The package is replaced by a newer one, and is removed."""

from lab.case import case, equal, expect

from .busy import Busy

SECONDS = 20
# The same files under a higher version.
NEWER = """
rm -rf /tmp/newer && dpkg-deb -R /opt/xt/debs/xenavd_*.deb /tmp/newer &&
sed -i 's/^Version: .*/&+newer/' /tmp/newer/DEBIAN/control &&
dpkg-deb -Zgzip --root-owner-group -b /tmp/newer /tmp/newer.deb && rm -r /tmp/newer
"""
LEFT = "ls -d /usr/sbin/xenavd /run/xenavd /etc/xenav /lib/systemd/system/xenavd* " \
       "/etc/systemd/system/*/xenavd* 2>/dev/null; true"


@case("xenavd is upgraded while the guest plays, which does not notice, and purged", start="service",
      limit=240)
def package(bench):
    bench.dom0(NEWER, 60)
    guest = Busy(bench, SECONDS)
    bench.dom0("dpkg -i /tmp/newer.deb", 90)
    for line in guest.check(1):
        bench.say(line)
    version = bench.dom0("dpkg-query -W -f '${Version}' xenavd")
    expect(version.endswith("+newer"), "the version is " + version)
    bench.dom0("dpkg --purge xenavd && ! pidof xenavd", 60)
    equal(bench.dom0(LEFT).split(), [], "what is left of the package")
    expect("g1" in bench.dom0("xl list"), "the guest is gone")
