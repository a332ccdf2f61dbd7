# SPDX-License-Identifier: MIT
"""Runs one case in a process of its own, and a suite of them side by side, speaking TAP."""

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

from . import after, qemu
from .case import Bench
from .errors import Failure, LabError
from .states import State, launch

# time to collect logs after the limit, before the process is killed
GRACE_S = 12
COLLECT = "mkdir -p /share/logs; cp /run/xt/*.log /var/log/xen/* /share/logs/; " \
          "{ xl list; xl dmesg | tail -n 30; } > /share/logs/xl.txt 2>&1; " \
          "{ lsevtchn 0; dmesg | tail -n 40; ps; } > /share/logs/dom0.txt 2>&1"


class Expired(Exception):
    pass


def _tail(path, count, keep=lambda line: True):
    try:
        with open(path, errors="replace") as f:
            return [line.rstrip() for line in f if keep(line)][-count:]
    except OSError:
        return []


def explain(folder):
    """The last lines of everything that had something to say, for a failed case."""
    logs = os.path.join(folder, "logs")
    found = os.listdir(logs) if os.path.isdir(logs) else []
    parts = [("xen and dom0 console", os.path.join(folder, "console.log"), 12),
             ("xenavd", os.path.join(logs, "xenavd.log"), 25),
             ("xl list and xl dmesg", os.path.join(logs, "xl.txt"), 12),
             ("the guest's dmesg", os.path.join(logs, "guest-dmesg.txt"), 12)]
    parts += [("guest console", os.path.join(logs, n), 15) for n in found
              if n.startswith("guest-") and n.endswith(".log")]
    parts += [("consumer " + n, os.path.join(logs, n), 12) for n in found
              if n.endswith(".log") and n != "xenavd.log" and n.split("-")[0] not in
              ("guest", "xl")]
    lines = []
    for title, path, count in parts:
        # lines that begin with @ are xt-guest's business with the guest
        tail = _tail(path, count, lambda line: not line.lstrip("\r").startswith("@"))
        if tail:
            lines += ["", "--- the end of %s (%s)" % (title, path)] + tail
    return lines


def _collect(machine, failed):
    try:
        machine.dom0(COLLECT, 5)
        if failed:
            with open(os.path.join(machine.share, "logs", "guest-dmesg.txt"), "w") as f:
                f.write(machine.guest_start("dmesg | tail -n 25", 3).wait(4).out)
    except (LabError, Failure):
        pass  # the consoles that QEMU itself wrote are there in any case


def _watched(case, bench):
    """Runs the case's function; returns what is wrong, or None."""
    try:
        case.function(bench)
        if bench.machine:
            after.check(bench)
        return None
    except Failure as e:
        return str(e)
    except Expired:
        return "stopped by the time limit (its own is %d s), in:\n%s" % (
            case.limit, "".join(traceback.format_exc().splitlines(True)[-14:-1]))
    except LabError as e:
        return "the machinery failed: %s" % e
    except Exception:
        return traceback.format_exc()


def _on_term(*_):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Expired


def run_case(case, folder, build, images, stage, state):
    """The process of one case: ends with result.json in its folder."""
    signal.signal(signal.SIGTERM, _on_term)
    qemu.die_with_parent()
    machine, wrong = None, "it was interrupted"
    try:
        if state:
            machine = _start(images, stage, State(state), folder)
        wrong = _watched(case, Bench(machine, folder, build))
    except Expired:
        wrong = "stopped by the time limit (its own is %d s) before its machine was ready" % case.limit
    except LabError as e:
        wrong = "the machinery failed: %s" % e
    finally:
        if machine:
            _collect(machine, wrong)
            machine.qemu.kill()
    with open(os.path.join(folder, "result.json.tmp"), "w") as f:
        json.dump({"wrong": wrong}, f)
    os.rename(os.path.join(folder, "result.json.tmp"), os.path.join(folder, "result.json"))


def _start(images, stage, state, folder):
    machine = launch(images, stage, state, folder, os.path.join(folder, "console.log"))
    try:
        machine.connect()
    except BaseException:
        machine.qemu.kill()
        raise
    return machine


class Suite:
    """Runs cases in parallel and reports them in their order."""

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

    def _child(self, case, folder, state):
        args = [sys.executable, self.script, "--build", self.lab.build, "--case", case.name,
                "--folder", folder]
        if state:
            args += ["--machine", self.lab.images, self.lab.stage or self.lab.images, state.folder]
        with open(os.path.join(folder, "harness.log"), "w") as log:
            with self._lock:
                if self._stopping:
                    return "interrupted"
                child = subprocess.Popen(args, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                         preexec_fn=qemu.die_with_parent)
                self._children.add(child)
            try:
                return self._await(child, case)
            finally:
                with self._lock:
                    self._children.discard(child)

    def _await(self, child, case):
        limit = min(case.limit, self.until - time.monotonic())
        for seconds, end in ((max(limit, 1), child.terminate), (GRACE_S, child.kill)):
            try:
                child.wait(seconds)
                return None
            except subprocess.TimeoutExpired:
                end()
        child.wait()
        return "it did not end in %d s and had to be killed" % (case.limit + GRACE_S)

    def _run(self, case):
        """Returns (what is wrong or None, seconds, folder)."""
        folder = os.path.join(self.out, case.name)
        start = time.monotonic()
        if start > self.until:
            return "the time for the whole suite is over", 0, folder
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        wrong = self._child(case, folder, self.lab.states[case.start])
        try:
            with open(os.path.join(folder, "result.json")) as f:
                wrong = json.load(f)["wrong"]
        except (OSError, ValueError):
            wrong = wrong or "its process ended early:\n" + "\n".join(
                _tail(os.path.join(folder, "harness.log"), 20))
        return wrong, time.monotonic() - start, folder

    def run(self, cases, excuse):
        """excuse(case) gives ("skip" or "fail", why) for cases that cannot run. Returns how many
        failed."""
        pool = ThreadPoolExecutor(self.jobs)
        try:
            results = [None if excuse(c) else pool.submit(self._run, c) for c in cases]
            print("1..%d" % len(cases), flush=True)
            return sum(self._report(number, case, result, excuse(case))
                       for number, (case, result) in enumerate(zip(cases, results), 1))
        finally:
            # after an interruption: nothing new starts, and what runs is killed
            with self._lock:
                self._stopping = True
                for child in self._children:
                    child.kill()
            pool.shutdown(cancel_futures=True)

    def _report(self, number, case, result, excuse):
        """Prints one result; returns 1 for a failure."""
        name = "%d - %s: %s" % (number, case.name, case.sentence)
        if excuse and excuse[0] == "skip":
            print("ok %s # SKIP %s" % (name, excuse[1]), flush=True)
            return 0
        if excuse:
            print("not ok %s" % name, flush=True)
            _diagnose([excuse[1]])
            return 1
        wrong, seconds, folder = result.result()
        print("%s %s # %.1f s" % ("not ok" if wrong else "ok", name, seconds), flush=True)
        if wrong:
            _diagnose(wrong.splitlines() + explain(folder))
            return 1
        if not self.keep:
            shutil.rmtree(os.path.join(folder, "job"), ignore_errors=True)
        return 0


def _diagnose(lines):
    for line in lines:
        print("#   " + line)
    sys.stdout.flush()
