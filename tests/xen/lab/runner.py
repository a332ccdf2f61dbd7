# SPDX-License-Identifier: MIT
"""Runs the cases, those that share a machine in one process, several processes side by side, and
prints TAP."""

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

from . import after, evidence, qemu
from .case import SAID, Bench, units
from .errors import Failure, LabError, Skip, TooBusy
from .states import State, launch

# time to collect logs after the limit, before the process is killed
GRACE_S = 16
# runs of a case whose guest is late
RUNS = 3


class Expired(Exception):
    pass


def _tail(path, count, keep=lambda line: True):
    try:
        with open(path, errors="replace") as f:
            return [line.rstrip() for line in f if keep(line)][-count:]
    except OSError:
        return []


def explain(folder):
    """The last lines of all logs, for a failed case."""
    logs = os.path.join(folder, "logs")
    found = os.listdir(logs) if os.path.isdir(logs) else []
    parts = [("xen and dom0 console", os.path.join(folder, "console.log"), 12),
             ("xenavd", os.path.join(logs, "xenavd.log"), 25),
             ("the journal", os.path.join(logs, "journal.txt"), 40),
             ("xl list and xl dmesg", os.path.join(logs, "xl.txt"), 12),
             ("xenavd's status and the processes in dom0", os.path.join(logs, "processes.txt"), 60),
             ("the guest's dmesg", os.path.join(logs, "guest-dmesg.txt"), 12)]
    parts += [("guest console", os.path.join(logs, n), 15) for n in found
              if n.startswith("guest-") and n.endswith(".log")]
    parts += [("consumer " + n, os.path.join(logs, n), 12) for n in found
              if n.endswith(".log") and n != "xenavd.log" and
              not n.startswith(("guest-", "xl-", "xenstored"))]
    lines = []
    for title, path, count in parts:
        # lines that begin with @ are xt-guest's messages to the guest
        tail = _tail(path, count, lambda line: not line.lstrip("\r").startswith("@"))
        if tail:
            lines += ["", "--- the end of %s (%s)" % (title, path)] + tail
    return lines


def _collect(machine, folder, failed):
    """Brings the logs into the case's folder."""
    evidence.collect(machine, failed)
    if folder != machine.share:
        for name in "logs", "console.log":
            shutil.move(os.path.join(machine.share, name), os.path.join(folder, name))


def _watched(case, bench, last):
    """Runs the case's function; returns what is wrong, or None."""
    try:
        case.function(bench)
        if bench.machine:
            after.check(bench, last)
        return None
    except TooBusy:
        raise
    except Failure as e:
        return str(e)
    except Expired:
        return "stopped by the time limit (its own is %d s), in:\n%s" % (
            case.limit, "".join(traceback.format_exc().splitlines(True)[-14:-1]))
    except LabError as e:
        return "the machinery failed: %s" % e
    except Exception:
        return traceback.format_exc()


def _on_time(*_):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Expired


class Unit:
    """The process of cases that share a machine: each ends with result.json in its folder."""

    def __init__(self, build, state):
        """state: the words of the saved state, if the cases need one."""
        self._build = build
        self._state = State(*state) if state else None
        self._machine = None

    def run(self, cases, folders):
        signal.signal(signal.SIGTERM, _on_time)
        signal.signal(signal.SIGALRM, _on_time)
        qemu.die_with_parent()
        for case, folder in zip(cases, folders):
            self._run(case, folder, case is cases[-1])

    def _run(self, case, folder, last):
        start = time.monotonic()
        for run in range(RUNS):
            signal.alarm(max(case.limit - int(time.monotonic() - start), 1))
            wrong, busy = self._run_once(case, folder, last)
            if not busy or run == RUNS - 1:
                break
            _empty(folder)
            Bench(None, folder, self._build).say("once more: " + wrong.splitlines()[0])
        _finish(folder, wrong, time.monotonic() - start)

    def _run_once(self, case, folder, last):
        """Returns what is wrong, or None, and whether it is only that the guest was late. After a case that
        failed, the next one gets a new machine."""
        wrong = "it was interrupted"
        busy = False
        try:
            if self._state and not self._machine:
                self._machine = launch(self._state, folder)
            wrong = _watched(case, Bench(self._machine, folder, self._build), last)
        except TooBusy as e:
            wrong, busy = str(e), True
        except Expired:
            wrong = "stopped by the time limit (its own is %d s) before its machine was ready" % (
                case.limit)
        except LabError as e:
            wrong = "the machinery failed: %s" % e
        finally:
            signal.alarm(0)
            if self._machine and (wrong or last):
                _collect(self._machine, folder, wrong)
                self._machine.qemu.kill()
                self._machine = None
        return wrong, busy


def _empty(folder):
    """Leaves the log of the harness, and what the case has said."""
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        elif entry.name not in (SAID, "harness.log"):
            os.unlink(entry.path)


def _finish(folder, wrong, seconds):
    path = os.path.join(folder, "result.json")
    with open(path + ".tmp", "w") as f:
        json.dump({"wrong": wrong, "seconds": seconds}, f)
    os.rename(path + ".tmp", path)


def in_turns(cases):
    """The units in the order in which they start: the longest first, those of different saved states
    in turns, so that cases run on one state while another is made."""
    queues = {}
    for unit in sorted(units(cases), key=lambda unit: -sum(case.limit for case in unit)):
        queues.setdefault(unit[0].start, []).append(unit)
    return [unit for turn in itertools.zip_longest(*queues.values()) for unit in turn if unit]


class Suite:
    """Runs units of cases in parallel and reports the cases in their order."""

    def __init__(self, lab, out, script, limit, jobs, keep):
        self.lab = lab
        self.out = out
        self.script = script
        self.until = time.monotonic() + limit
        self.jobs = jobs
        self.keep = keep
        self._children = set()
        self._lock = threading.Lock()
        self._stopping = False

    def _folder(self, case):
        return os.path.join(self.out, case.name)

    def _child(self, unit, state):
        args = [sys.executable, self.script, "--build", self.lab.build, "--out", self.out]
        for case in unit:
            args += ["--case", case.name]
        if state:
            args += ["--machine", *state.words()]
        with open(os.path.join(self._folder(unit[0]), "harness.log"), "w") as log:
            with self._lock:
                if self._stopping:
                    return "interrupted"
                child = subprocess.Popen(args, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                         preexec_fn=qemu.die_with_parent)
                self._children.add(child)
            try:
                return self._await(child, unit)
            finally:
                with self._lock:
                    self._children.discard(child)

    def _await(self, child, unit):
        """Waits. Cases end by themselves at their limits; a process that does not is killed."""
        limit = sum(case.limit + GRACE_S for case in unit)
        for seconds, end in ((max(min(limit, self.until - time.monotonic()), 1), child.terminate),
                             (GRACE_S, child.kill)):
            try:
                child.wait(seconds)
                return None
            except subprocess.TimeoutExpired:
                end()
        child.wait()
        return "it did not end in %d s and had to be killed" % (limit + GRACE_S)

    def _result(self, case, wrong, log):
        try:
            with open(os.path.join(self._folder(case), "result.json")) as f:
                result = json.load(f)
                return "fail" if result["wrong"] else "ok", result["wrong"], result["seconds"]
        except (OSError, ValueError):
            return "fail", wrong or "its process ended early:\n" + "\n".join(_tail(log, 20)), 0

    def _run(self, unit):
        """Returns {case: ("ok", "skip" or "fail", why, seconds)}."""
        def all_of(word, why):
            return {case: (word, why, 0) for case in unit}

        if time.monotonic() > self.until:
            return all_of("fail", "the time for the whole suite is over")
        try:
            state = self.lab.state(unit[0].start)
        except Skip as e:
            return all_of("skip", str(e))
        except LabError as e:
            return all_of("fail", str(e))
        for case in unit:
            shutil.rmtree(self._folder(case), ignore_errors=True)
            os.makedirs(self._folder(case))
        wrong = self._child(unit, state)
        log = os.path.join(self._folder(unit[0]), "harness.log")
        return {case: self._result(case, wrong, log) for case in unit}

    def run(self, cases):
        """Returns how many failed."""
        pool = ThreadPoolExecutor(self.jobs)
        try:
            futures = {}
            for unit in in_turns([c for c in cases if not c.skip]):
                futures.update(dict.fromkeys(unit, pool.submit(self._run, unit)))
            print("1..%d" % len(cases), flush=True)
            return sum(self._report(number, case, ("skip", case.skip, 0) if case.skip else
                                    futures[case].result()[case])
                       for number, case in enumerate(cases, 1))
        finally:
            # after an interruption: nothing new starts, and what runs is killed
            with self._lock:
                self._stopping = True
                for child in self._children:
                    child.kill()
            pool.shutdown(cancel_futures=True)

    def _report(self, number, case, result):
        """Prints one result; returns 1 for a failure."""
        verdict, why, seconds = result
        name = "%d - %s: %s" % (number, case.name, case.sentence)
        if verdict == "skip":
            print("ok %s # SKIP %s" % (name, why), flush=True)
            return 0
        folder = self._folder(case)
        print("%s %s # %.1f s" % ("not ok" if why else "ok", name, seconds), flush=True)
        _diagnose(_tail(os.path.join(folder, SAID), 100))
        if why:
            _diagnose(why.splitlines() + explain(folder))
            return 1
        if not self.keep:
            shutil.rmtree(os.path.join(folder, "job"), ignore_errors=True)
        return 0


def _diagnose(lines):
    for line in lines:
        print("#   " + line)
    sys.stdout.flush()
