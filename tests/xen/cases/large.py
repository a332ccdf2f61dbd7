# SPDX-License-Identifier: MIT
"""A screen of 1920x1080: more pages than the buffers of all other cases together."""

import os

from lab import png
from lab.case import case, equal, expect, files
from lab.states import INSTALL

from .display import check_report

SIZE = 1920, 1080
FLIPS = 120
# one buffer has 2025 pages, and what Linux lets one supply with gntalloc is 1024 of them
GUEST = ("sed 's/be-alloc=0/be-alloc=%d/; s/id0:800x600;id1:640x480/id0:1920x1080/; "
         "s/memory = 160/memory = 192/' /opt/xt/guest.cfg > $run/g.cfg && "
         "echo 16384 > /sys/module/xen_gntalloc/parameters/limit && "
         "start_xenavd --config /share/xenavd.conf && create_guest $run/g.cfg")


def start(bench, be_alloc=0, configuration=""):
    """A guest with one large screen, and an xenavd with that configuration."""
    bench.machine.ok(INSTALL)
    bench.write("xenavd.conf", configuration.encode())
    bench.dom0(GUEST % be_alloc, 100)


def flips(bench, options=""):
    """Double buffered flips, of which a consumer with these options keeps one in fifteen."""
    every = bench.record("--no-sound --frames every=15 " + options, folder="/run/xt/every")
    out = bench.guest("xt-flip -c 0:1920x1080:xr24 -n %d -H 3" % FLIPS, 120)
    check_report(out, {0: None}, FLIPS)
    got = bench.finish(every)
    checker = png.Checker("xr24", 0, *SIZE)
    frames = [checker.check(os.path.join(got, name)) for name in files(got, ".png")]
    expect(len(frames) > 1 and frames == sorted(frames), "the frames recorded: %s" % frames)


def killed_and_back(bench, options=""):
    """A consumer is killed in mid-flip; the next one sees all to the end, and the last frame."""
    first = bench.record("--no-sound --frames newest " + options, folder="/run/xt/first")
    job = bench.machine.guest_start("xt-flip -c 0:1920x1080:xr24 -n 40 -H 6", 120)
    bench.dom0("await 200 test -s %s/display-g1-id0.png && kill -9 $(cat %s.pid)" % (first, first),
               60)
    newest = bench.record("--no-sound --frames newest " + options, folder="/run/xt/newest")
    check_report(job.ok(130), {0: None}, 40)
    path = os.path.join(bench.finish(newest), "display-g1-id0.png")
    equal(png.Checker("xr24", 0, *SIZE).check(path), 40, "the last picture")


@case("120 flips of 1920x1080, XRGB8888, double buffered, by copy: every picture exact",
      start="base", limit=240)
def copy(bench):
    start(bench)
    flips(bench)
    killed_and_back(bench)
