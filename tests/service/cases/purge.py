# SPDX-License-Identifier: MIT
"""What the packages bring goes with them."""

from lab.case import case, equal, expect
from lab.states import INSTALL

# Everything that a package could leave: files with their owners, access control lists, users, groups.
LISTING = """
modprobe -a xen-evtchn xen-gntdev xen-gntalloc
for skipped in /var/lib/dpkg /var/log /run/systemd /run/udev /run/xt /run/log /opt; do
	prune="$prune -path $skipped -prune -o"
done
find /etc /usr /var /run /opt /root -xdev $prune -printf '%M %U %G %p\\n' | sort
ls -ln /dev/xen /run/xenstored | awk 'NF > 8 { print $1, $3, $4, $NF }'
getent passwd
getent group
systemctl list-units --all --plain --no-legend 'xenav*'
"""
USED = "start_xenavd && await 100 test -S /run/xenavd/socket && xenavctl list"
ALLOWED = "ls -l /dev/xen/gntdev /run/xenstored/socket | grep -c '^..........+'"
PACKAGES = "xenavd xenavctl xenav-record libxenav0 libxenshbuf0"


@case("nothing is left after dpkg --purge of a service that has run: no file, user, right or unit",
      start="systemd", limit=150)
def nothing(bench):
    bench.machine.ok(INSTALL)
    before = bench.dom0(LISTING, 60).splitlines()
    bench.dom0(USED, 90)
    equal(bench.dom0(ALLOWED).strip(), "2", "files that the user xenavd may open")
    bench.dom0("dpkg --purge %s && rm $run/held-at-first && ! pidof xenavd" % PACKAGES, 60)
    after = bench.dom0(LISTING, 60).splitlines()
    equal(sorted(set(after) - set(before)), [], "what is new since before the installation")
    equal(sorted(set(before) - set(after)), [], "what is missing since before the installation")
    expect("xenavd" not in bench.dom0("dpkg -l | grep xenav; true"), "dpkg knows the package")
