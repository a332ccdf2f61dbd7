# SPDX-License-Identifier: MIT
"""A screen of 1920x1080: more pages than the buffers of all other cases together, by each of the
ways in which its pixels reach a consumer."""

import os

from lab import png
from lab.case import case, equal, expect, files
from lab.images import module_options

from .devices import SECOND, attach_display, detach_display
from .display import check_report
from .sound import check_pace, play_script

SIZE = 1920, 1080
FLIPS = 120
# one a second
SLOW_FLIPS = 24
# of the two buffers together
PAGES = 2 * 2025
LIMIT = "/sys/module/xen_gntalloc/parameters/limit"
FIRST = "/dev/dri/card0"


def flips(bench, options="", folder="/run/xt/every", device=SECOND):
    """Double buffered flips, of which a consumer with these options keeps eight pictures."""
    # A consumer without a copy has 40 ms and the time that the guest takes for the next flip.  To
    # map the first buffer takes some of it in an emulated dom0.
    direct = "--direct" in options
    count, rate = (SLOW_FLIPS, "-r 1") if direct else (FLIPS, "")
    every = bench.record("--no-sound --refresh 0 --frames every=%d %s" % (count // 8, options), folder)
    out = bench.guest("xt-flip -D %s -c 0:1920x1080:xr24 -n %d -H 3 %s" % (device, count, rate), 120)
    check_report(out, {0: None}, count)
    got = bench.finish(every)
    checker = png.Checker("xr24", 0, *SIZE)
    frames = [checker.check(os.path.join(got, name)) for name in files(got, ".png")]
    expect(len(frames) > 1 and frames == sorted(frames), "the frames recorded: %s" % frames)


def connector(bench, device):
    """The status of the large screen."""
    line, = [c for c in bench.status("connector") if c["device"] == device]
    return line


def killed_and_back(bench, options):
    """A consumer is killed in mid-flip; the next one sees all to the end, and the last frame."""
    first = bench.record("--no-sound --frames newest " + options, folder="/run/xt/first")
    job = bench.machine.guest_start("xt-flip -D %s -c 0:1920x1080:xr24 -n 40 -H 6" % SECOND, 120)
    bench.dom0("await 200 test -s %s/display+g1+large.png && kill -9 $(cat %s.pid)" % (first, first),
               60)
    newest = bench.record("--no-sound --frames newest " + options, folder="/run/xt/newest")
    check_report(job.ok(130), {0: None}, 40)
    path = os.path.join(bench.finish(newest), "display+g1+large.png")
    equal(png.Checker("xr24", 0, *SIZE).check(path), 40, "the last picture")


def check_untouched(bench, device):
    """Insists that consumers have got all frames so far without a copy."""
    line = connector(bench, device)
    equal((line["copied_bytes"], line["copied_frames"]), (0, 0),
          "bytes and frames that were copied")
    expect(line["direct_frames"] > 1, "frames that were lent: %s" % line)


@case("120 flips of 1920x1080, XRGB8888, double buffered, by copy: every picture exact", limit=200,
      share="display")
def copy(bench):
    attach_display(bench, "large:1920x1080")
    flips(bench)
    line = connector(bench, 1)
    equal(line["copied_bytes"], line["copied_frames"] * 4 * SIZE[0] * SIZE[1], "bytes copied")
    expect(line["copied_frames"] > 1, "frames copied: %s" % line)
    detach_display(bench)


@case("24 flips of 1920x1080 in the guest's own memory: every picture exact, no byte copied; a "
      "consumer that is killed and comes back gets the picture", limit=200, share="display")
def direct(bench):
    attach_display(bench, "large:1920x1080")
    flips(bench, "--direct")
    killed_and_back(bench, "--direct")
    check_untouched(bench, 1)
    detach_display(bench)


@case("120 flips of 1920x1080 in xenavd's memory, without a copy and by copy: every picture exact; "
      "the pages are the kernel's again when the guest is gone", start="supplied", limit=200)
def supplied(bench):
    equal(bench.machine.ok("cat " + LIMIT).strip(),
          module_options()["xen_gntalloc"][0].partition("=")[2], "the limit that is installed")
    bench.dom0("xl unpause g1")
    flips(bench, "--direct", device=FIRST)
    check_untouched(bench, 0)
    flips(bench, folder="/run/xt/copied", device=FIRST)
    expect(connector(bench, 0)["copied_frames"] > 1, "no frame was copied")
    equal(bench.status("pages")[0], {"mapped": 0, "lent": 0, "supplied": PAGES},
          "pages when all buffers are destroyed")
    bench.dom0("echo %d > %s && ! xt-shbuf fits 1" % (PAGES, LIMIT))
    bench.dom0("xl destroy g1 && await 100 only_dom0 && await 100 held_as_at_first", 40)
    equal(bench.status("pages")[0], {"mapped": 0, "lent": 0, "supplied": 0},
          "pages when the guest is gone")
    bench.dom0("xt-shbuf fits %d" % PAGES)


@case("buffers from xenavd are refused where the configuration does not allow them: an error for "
      "that program, and everything else works on", limit=90, share="display")
def refused(bench):
    attach_display(bench, "large:1920x1080", be_alloc=1)
    bench.tolerate(r"\*ERROR\* Failed to create dumb buffer")
    result = bench.machine.guest("xt-flip -D %s -c 0 -n 1" % SECOND, 40)
    equal((result.rc, result.out.strip()),
          (1, "xt-flip: cannot create a buffer: Operation not permitted"), "the program's end")
    bench.dom0("grep 'vdispl 1/1: DBUF_CREATE .* refused: .*be-alloc in xenavd.conf' "
               "$run/xenavd.log")
    check_report(bench.guest("xt-flip -c 0 -c 1 -n 10", 40), {0: None, 1: None}, 10)
    check_pace(bench.guest(play_script(form="s16", channels=2, rate=48000, seconds=1, seed=1)))
    detach_display(bench)


def flip_for_ever(bench, folder):
    """Starts flips, and a consumer that reads them without copies."""
    bench.record("--no-sound --frames newest --direct", folder)
    job = bench.machine.guest_start("xt-flip -c 0:1920x1080:xr24 -n 100000 -r 5", 100)
    bench.dom0("await 200 test -s %s/display+g1+id0.png" % folder, 40)
    return job


@case("buffers in xenavd's memory, in mid-flip: xenavd is stopped and the next one supplies anew; "
      "the guest is destroyed and leaves nothing", start="supplied", limit=150)
def supplied_lost(bench):
    bench.dom0("xl unpause g1")
    job = flip_for_ever(bench, "/run/xt/first")
    bench.dom0("stop_xenavd TERM && start_xenavd", 60)
    # the frontend waits for the program to end before it offers itself again
    expect(job.wait(60).rc != 0, "xt-flip did not lose its screen")
    # it waits for the next xenavd, and would claim the screen again
    bench.dom0("finish /run/xt/first && all_connected g1", 80)
    flip_for_ever(bench, "/run/xt/second")
    bench.dom0("xl destroy g1 && await 100 only_dom0", 30)
    equal(bench.status("pages")[0], {"mapped": 0, "lent": 0, "supplied": 0},
          "pages when the guest is gone")
    bench.dom0("finish /run/xt/second && echo %d > %s && xt-shbuf fits %d" % (PAGES, LIMIT, PAGES))
