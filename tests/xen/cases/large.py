# SPDX-License-Identifier: MIT
"""A screen of 1920x1080: more pages than the buffers of all other cases together, by each of the
ways in which its pixels reach a consumer."""

import os

from lab import png
from lab.case import case, equal, expect, files
from lab.images import module_options
from lab.states import INSTALL

from .display import check_report
from .hotplug import settled
from .sound import check_pace, play_script

SIZE = 1920, 1080
FLIPS = 120
# of the two buffers, together
PAGES = 2 * 2025
LIMIT = "/sys/module/xen_gntalloc/parameters/limit"
GUEST = ("sed 's/be-alloc=0/be-alloc=%d/; s/id0:800x600;id1:640x480/id0:1920x1080/; "
         "s/memory = 160/memory = 192/; s/\"pv\"/\"%s\"/' /opt/xt/guest.cfg > $run/g.cfg && "
         "start_xenavd --config /share/xenavd.conf && create_guest $run/g.cfg")
DIRECT = "[consumer user 0]\ndisplay = claim\nplayback = claim\ndirect = yes\n"
SUPPLIED = DIRECT + "[guest *]\nbe-alloc = yes\n"


def start(bench, configuration, be_alloc=0, kind="pv"):
    """A guest with one large screen, and an xenavd with that configuration."""
    bench.machine.ok(INSTALL)
    bench.write("xenavd.conf", configuration.encode())
    bench.dom0(GUEST % (be_alloc, kind), 120)


def flips(bench, options="", folder="/run/xt/every"):
    """Double buffered flips, of which a consumer with these options keeps one in fifteen."""
    # who shares the guest's memory has 40 ms and as long as the guest takes for the next flip
    rate = "-r 5" if "--direct" in options else ""
    every = bench.record("--no-sound --refresh 0 --frames every=15 " + options, folder)
    out = bench.guest("xt-flip -c 0:1920x1080:xr24 -n %d -H 3 %s" % (FLIPS, rate), 120)
    check_report(out, {0: None}, FLIPS)
    got = bench.finish(every)
    checker = png.Checker("xr24", 0, *SIZE)
    frames = [checker.check(os.path.join(got, name)) for name in files(got, ".png")]
    expect(len(frames) > 1 and frames == sorted(frames), "the frames recorded: %s" % frames)


def killed_and_back(bench, options=""):
    """A consumer is killed in mid-flip; the next one sees all to the end, and the last frame."""
    first = bench.record("--no-sound --frames newest " + options, folder="/run/xt/first")
    job = bench.machine.guest_start("xt-flip -c 0:1920x1080:xr24 -n 40 -H 6", 120)
    bench.dom0("await 200 test -s %s/display+g1+id0.png && kill -9 $(cat %s.pid)" % (first, first),
               60)
    newest = bench.record("--no-sound --frames newest " + options, folder="/run/xt/newest")
    check_report(job.ok(130), {0: None}, 40)
    path = os.path.join(bench.finish(newest), "display+g1+id0.png")
    equal(png.Checker("xr24", 0, *SIZE).check(path), 40, "the last picture")


def check_untouched(bench):
    """All that consumers have seen so far they have seen without a copy."""
    connector, = bench.status("connector")
    equal((connector["copied_bytes"], connector["copied_frames"]), (0, 0),
          "bytes and frames that were copied")
    expect(connector["direct_frames"] > 1, "frames that were lent: %s" % connector)


@case("120 flips of 1920x1080, XRGB8888, double buffered, by copy: every picture exact",
      start="base", limit=240)
def copy(bench):
    start(bench, DIRECT)
    flips(bench)
    connector, = bench.status("connector")
    equal(connector["copied_bytes"], connector["copied_frames"] * 4 * SIZE[0] * SIZE[1],
          "bytes copied")
    expect(connector["copied_frames"] > 1, "frames copied: %s" % connector)


@case("120 flips of 1920x1080 in the guest's own memory: every picture exact, no byte copied; a "
      "consumer that is killed and comes back gets the picture", start="base", limit=240)
def direct(bench):
    start(bench, DIRECT)
    flips(bench, "--direct")
    killed_and_back(bench, "--direct")
    check_untouched(bench)


@case("120 flips of 1920x1080 in xenavd's memory, without a copy and by copy: every picture exact; "
      "the pages are the kernel's again when the guest is gone", start="base", limit=300)
def supplied(bench):
    equal(bench.machine.ok("cat " + LIMIT).strip(),
          module_options()["xen_gntalloc"][0].partition("=")[2], "the limit that is installed")
    # a PV guest's programs cannot map the pages
    start(bench, SUPPLIED, be_alloc=1, kind="pvh")
    flips(bench, "--direct")
    check_untouched(bench)
    flips(bench, folder="/run/xt/copied")
    expect(bench.status("connector")[0]["copied_frames"] > 1, "no frame was copied")
    equal(bench.status("pages")[0], {"mapped": 0, "lent": 0, "supplied": PAGES},
          "pages when all buffers are destroyed")
    bench.dom0("echo %d > %s && ! xt-shbuf fits 1" % (PAGES, LIMIT))
    bench.dom0("xl destroy g1 && await 100 only_dom0 && await 100 held_as_at_first", 40)
    equal(bench.status("pages")[0], {"mapped": 0, "lent": 0, "supplied": 0},
          "pages when the guest is gone")
    bench.dom0("xt-shbuf fits %d" % PAGES)


@case("buffers from xenavd are refused where the configuration does not allow them: an error for "
      "that program, and everything else works on", limit=90)
def refused(bench):
    bench.dom0("xl vdispl-attach g1 backend=Domain-0 be-alloc=1 connectors=hot:1920x1080 && " +
               settled("vdispl", 1), 50)
    bench.tolerate(r"\*ERROR\* Failed to create dumb buffer")
    result = bench.machine.guest("xt-flip -D /dev/dri/card1 -c 0 -n 1", 40)
    equal((result.rc, result.out.strip()),
          (1, "xt-flip: cannot create a buffer: Operation not permitted"), "the program's end")
    bench.dom0("grep 'vdispl 1/1: DBUF_CREATE .* refused: .*be-alloc in xenavd.conf' "
               "$run/xenavd.log")
    check_report(bench.guest("xt-flip -c 0 -c 1 -n 10", 40), {0: None, 1: None}, 10)
    check_pace(bench.guest(play_script(form="s16", channels=2, rate=48000, seconds=1, seed=1)))


def flip_for_ever(bench, folder):
    """Flips that a consumer without copies is in the middle of."""
    bench.record("--no-sound --frames newest --direct", folder)
    job = bench.machine.guest_start("xt-flip -c 0:1920x1080:xr24 -n 100000 -r 5", 100)
    bench.dom0("await 200 test -s %s/display+g1+id0.png" % folder, 40)
    return job


@case("buffers in xenavd's memory, in mid-flip: xenavd is stopped and the next one supplies anew; "
      "the guest is destroyed and leaves nothing", start="base", limit=180)
def supplied_lost(bench):
    start(bench, SUPPLIED, be_alloc=1, kind="pvh")
    job = flip_for_ever(bench, "/run/xt/first")
    bench.dom0("stop_xenavd TERM && start_xenavd --config /share/xenavd.conf", 60)
    # the frontend waits for the program to end before it offers itself again
    expect(job.wait(60).rc != 0, "xt-flip did not lose its screen")
    bench.dom0("both_connected g1", 80)
    flip_for_ever(bench, "/run/xt/second")
    bench.dom0("xl destroy g1 && await 100 only_dom0", 30)
    equal(bench.status("pages")[0], {"mapped": 0, "lent": 0, "supplied": 0},
          "pages when the guest is gone")
    bench.dom0("finish /run/xt/second && echo %d > %s && xt-shbuf fits %d" % (PAGES, LIMIT, PAGES))
