# SPDX-License-Identifier: MIT
"""The command line of tests in emulated machines."""

import argparse
import fnmatch
import os
import signal

from . import runner
from .case import CASES, units
from .states import Lab


def options(text, folder, limit, jobs):
    p = argparse.ArgumentParser(description=text)
    p.add_argument("--build", default=".", help="where the programs were built")
    p.add_argument("--out", help="where the cases leave their files (BUILD/out/%s)" % folder)
    p.add_argument("--list", action="store_true", help="list the cases")
    p.add_argument("--only", metavar="PATTERN", action="append",
                   help="only cases whose name matches, e.g. 'sound-*'")
    p.add_argument("-j", "--jobs", type=int, default=jobs,
                   help="machines side by side (%d)" % jobs)
    p.add_argument("--limit", type=int, default=limit,
                   help="seconds for all cases together (%d)" % limit)
    p.add_argument("--keep", action="store_true", help="keep the scripts of good cases too")
    p.add_argument("--prepare", action="store_true",
                   help="only make the images and the state that need none of our programs")
    p.add_argument("--case", action="append", help=argparse.SUPPRESS)
    p.add_argument("--machine", nargs=4, help=argparse.SUPPRESS)
    return p.parse_args()


def chosen(patterns):
    return [c for c in CASES
            if not patterns or any(fnmatch.fnmatch(c.name, p) for p in patterns)]


def in_units(wanted):
    return [c for unit in units(wanted) for c in unit]


def stop(*_):
    raise KeyboardInterrupt


def _run(script, text, folder, base, limit, jobs):
    o = options(text, folder, limit, jobs)
    if o.list:
        for c in in_units(CASES):
            print("%-28s %-8s %-9s %3d s  %s" % (c.name, c.start, c.share or "", c.limit, c.sentence))
        return 0
    out = os.path.abspath(o.out or os.path.join(o.build, "out", folder))
    if o.case:
        picked = [c for name in o.case for c in CASES if c.name == name]
        runner.Unit(o.build, o.machine).run(picked, [os.path.join(out, c.name) for c in picked])
        return 0
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    lab = Lab(os.path.abspath(o.build), lambda text: print("# " + text, flush=True))
    if o.prepare:
        lab.prepare_base(base)
        return 0
    picked = in_units(chosen(o.only))
    suite = runner.Suite(lab, out, os.path.abspath(script), o.limit, o.jobs, o.keep)
    return 1 if suite.run(picked) else 0


def run(script, text, folder, base, limit, jobs):
    """Runs the cases that are registered, as the command line of this script says, and returns its
    exit code. folder is where below out/ the cases leave their files, base the state that needs none
    of our programs; limit in seconds, and jobs is how many machines run side by side."""
    try:
        return _run(script, text, folder, base, limit, jobs)
    except KeyboardInterrupt:
        print("Bail out! interrupted")
        return 130
