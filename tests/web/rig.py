# SPDX-License-Identifier: MIT
"""xenav-demo-daemon, xenav-vnc with its page, and a browser that shows it."""

import contextlib
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'demo'))
import reference  # noqa: E402

BUILD = os.environ.get("top_builddir", ".")
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WIDTH, HEIGHT = 640, 480
WAIT_S = 60


class Failure(Exception):
    pass


def program(name):
    return os.path.join(BUILD, name)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Process:
    """A program of ours whose lines are read as they come."""

    def __init__(self, name, *args):
        self._process = subprocess.Popen(
            [program(name), *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        self._lines = queue.Queue()
        self.said = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            self._lines.put(line.rstrip("\n"))

    def next_line(self, wait_s):
        """The next line, or None when none comes in time."""
        try:
            line = self._lines.get(timeout=wait_s)
        except queue.Empty:
            return None
        self.said.append(line)
        return line

    def skip(self):
        """Forget the lines that have come."""
        while self.next_line(0.01) is not None:
            pass

    def wait_for(self, text, wait_s=WAIT_S):
        """The next line with that text; those before it are forgotten."""
        until = time.monotonic() + wait_s
        while time.monotonic() < until:
            line = self.next_line(0.1)
            if line is not None and text in line:
                return line
        raise Failure("no line with '%s' came, but:\n%s" % (text, "\n".join(self.said[-20:])))

    def signal(self, number):
        self._process.send_signal(number)

    def stop(self):
        """End it.  Its exit status is checked, so that sanitizers are heard."""
        self._process.terminate()
        status = self._process.wait(WAIT_S)
        self._reader.join(WAIT_S)
        self.skip()
        if status != 0:
            raise Failure("it ended with %d:\n%s" % (status, "\n".join(self.said[-40:])))


class Rig:
    """A made-up guest with a screen, a tune and a keyboard, and xenav-vnc for it."""

    def __init__(self, *vnc_args, scheme="http"):
        self._folder = tempfile.TemporaryDirectory(prefix="xenav-web-")
        self.socket = os.path.join(self._folder.name, "socket")
        self._vnc_args = vnc_args
        self.port = free_port()
        self.url = "%s://localhost:%d/" % (scheme, self.port)
        self.demo = Process("xenav-demo-daemon", "--socket=" + self.socket,
                            "--script=flip,play,input", "--buffer=65536",
                            "--size=%dx%d" % (WIDTH, HEIGHT))
        self.demo.wait_for("ready")
        self.vnc = None
        self.start_vnc()

    def path(self, name):
        return os.path.join(self._folder.name, name)

    def start_vnc(self):
        self.vnc = Process("xenav-vnc", "--socket=" + self.socket, "--domain=demo",
                           "--listen=unix:" + self.path("rfb"), "--web=%d" % self.port,
                           "--web-page=" + os.path.join(SOURCE, "backends/vnc/web/page"),
                           *self._vnc_args)
        self.vnc.wait_for("Browsers find the page")

    @contextlib.contextmanager
    def still(self):
        """with rig.still() as n: the guest shows frame n all the time."""
        self.demo.signal(signal.SIGRTMIN)
        yield int(self.demo.wait_for("event=still").rpartition("number=")[2])
        self.demo.signal(signal.SIGRTMIN)

    def close(self):
        self.vnc.stop()
        self.demo.stop()
        self._folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.close()
        else:
            for process in (self.vnc, self.demo):
                process._process.kill()


def tune(n):
    """The first n samples of the demo daemon's tune, in 16 bits."""
    return [reference.tune(position) for position in range(n)]


def frame(n):
    """Frame n of the demo daemon's screen, in RGBA."""
    return reference.flip(n, WIDTH, HEIGHT, 'big')
