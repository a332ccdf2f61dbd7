# SPDX-License-Identifier: MIT
"""What an administrator adds: files in xenavd.conf.d and a drop-in of systemd, good and bad ones."""

import os
import re

from lab import png
from lab.case import case, equal, expect, files

FOLDER = "/etc/xenav/xenavd.conf.d"
DIRECT = "[consumer user root]\ndisplay = claim\nplayback = claim\ninput = yes\ndirect = yes\n"
SUPPLY = "[guest g2]\nbe-alloc = yes\n"
# Adds a file of this name, reloads, and waits until xenavd has read it.
ADD = """
cp /share/%(name)s %(folder)s/%(name)s
count() { journalctl -u xenavd -o cat | grep -c 'The configuration was read again'; }
before=$(count)
systemctl reload xenavd || exit 1
again() { [ $(count) -gt $before ]; }
await 100 again
"""
# A PV guest's programs cannot draw into memory of another domain.
SUPPLIED = """
sed 's/"g1"/"g2"/; s/"pv"/"pvh"/; s/be-alloc=0/be-alloc=1/' $run/g.cfg > $run/g2.cfg
create_guest $run/g2.cfg g2
"""
# reload fails, and says where the mistake is
BAD = """
printf '[guest *]\\nbe-alloc = perhaps\\n' > %(folder)s/zz-bad.conf
since=$(date +%%s)
! systemctl reload xenavd || { echo "it was reloaded"; exit 1; }
said() { journalctl -u xenavd -o cat --since=@$since | grep '%(folder)s/zz-bad.conf:2: '; }
await 100 said
kill -HUP $(xenavd_pid)
stays() { journalctl -u xenavd -o cat --since=@$since | grep 'the configuration stays as it was'; }
await 100 stays
rm %(folder)s/zz-bad.conf
""" % {"folder": FOLDER}
DROP_IN = """
mkdir -p /etc/systemd/system/xenavd.service.d
printf '[Service]\\nWatchdogSec=7\\nEnvironment=XT_WORD=said\\n' > /etc/systemd/system/xenavd.service.d/more.conf
systemctl daemon-reload && systemctl restart xenavd
systemd-analyze verify --man=no xenavd.service
tr '\\0' '\\n' < /proc/$(xenavd_pid)/environ
"""
FLIPS = 10


def frames_of(bench, when, guest, options):
    """Lets the guest flip, and checks what a consumer with these options sees. Returns its words."""
    folder = bench.record("--domain=%s --no-sound --refresh=0 --frames=all %s" % (guest, options),
                          "/run/xt/" + when)
    out = bench.guest("xt-flip -c 0 -n %d -r 2 -H 3" % FLIPS, 60, guest)
    expect(re.search(r"^connector 0: %d flips %d events" % (FLIPS, FLIPS), out, re.M), out)
    said = bench.dom0("cat %s.log" % folder)
    got = bench.finish(folder)
    checker = png.Checker("xr24", 0, 800, 600)
    frames = [checker.check(os.path.join(got, name)) for name in files(got, ".png")]
    expect(len(frames) > 1 and frames == sorted(frames), "the frames recorded: %s" % frames)
    equal(frames[-1], FLIPS, "the last picture")
    return said


def add(bench, name, text):
    bench.write(name, text.encode())
    bench.dom0(ADD % {"name": name, "folder": FOLDER})


@case("files in xenavd.conf.d let root see a guest's memory and xenavd supply a guest, after a reload; "
      "one with a mistake changes nothing", start="service", limit=240)
def files_of_the_administrator(bench):
    pid = bench.dom0("xenavd_pid")
    expect("way=direct" not in frames_of(bench, "before", "g1", "--direct"),
           "direct although not allowed")
    add(bench, "direct.conf", DIRECT)
    expect("way=direct" in frames_of(bench, "direct", "g1", "--direct"),
           "no direct way after the reload")
    add(bench, "supply.conf", SUPPLY)
    bench.dom0(SUPPLIED, 120)
    expect("way=direct" in frames_of(bench, "supplied", "g2", "--direct"),
           "no direct way in supplied memory")
    expect("way=direct" not in frames_of(bench, "copied", "g2", ""), "direct although not wanted")
    bench.dom0(BAD, 40)
    expect("way=direct" in frames_of(bench, "after", "g2", "--direct"),
           "a bad file has changed something")
    equal(bench.dom0("xenavd_pid"), pid, "the process")
    bench.dom0("xl destroy g2", 40)


@case("a drop-in of systemd is honoured, and the guest plays across the restart", start="service",
      limit=120)
def drop_in(bench):
    playing = bench.machine.guest_start("xt-pcm make s16 1 48000 15 1 > /tmp/a.wav && "
                                        "aplay -q -D hw:0,0 /tmp/a.wav", 60)
    bench.dom0("sleep 2")
    environment = bench.dom0(DROP_IN, 60).splitlines()
    for line in "WATCHDOG_USEC=7000000", "XT_WORD=said":
        expect(line in environment, "%s is missing in: %s" % (line, environment))
    playing.ok(70)
    bench.check_guest()
