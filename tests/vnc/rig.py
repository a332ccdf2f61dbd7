# SPDX-License-Identifier: MIT
"""xenav-vnc beside xenav-demo-daemon, for tests that say their results in TAP."""
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'demo'))
import reference  # noqa: E402
import rfb  # noqa: E402

BUILD = os.environ.get('top_builddir') or os.path.join(os.path.dirname(__file__), '..', '..')
WAIT_S = 60
BUSY_TRIES = 10
SANITIZERS = re.compile(r'Sanitizer|runtime error')


class Skip(Exception):
    """The test cannot run here; the text says why."""


class Failure(AssertionError):
    pass


class TooBusy(Failure):
    """What failed says nothing: xenav-vnc has told that it left out samples, because nobody could run."""


def expect(holds, text):
    if not holds:
        raise Failure(text)


def equal(is_now, wanted, what):
    if is_now != wanted:
        raise Failure('%s is %r, not %r' % (what, is_now, wanted))


def until(condition, what, seconds=WAIT_S):
    """Wait until the condition is true. @return what it returned."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.01)
    raise Failure('this did not happen in %d s: %s' % (seconds, what))


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Process:
    def __init__(self, name, args, log, env=None, **options):
        self.name, self.log = name, log
        program = os.path.join(BUILD, name)
        if not os.path.exists(program):
            raise Skip('%s is not built' % name)
        with open(log, 'ab') as out:
            self.popen = subprocess.Popen([program, *args], stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                                          env=dict(os.environ, **(env or {})), **options)

    def text(self):
        with open(self.log, encoding='utf-8', errors='replace') as log:
            return log.read()

    def wait_text(self, text, count=1):
        def is_there():
            if self.popen.poll() is not None and self.text().count(text) < count:
                raise Failure('%s has ended with %d: %s' % (self.name, self.popen.returncode, self.text()))
            return self.text().count(text) >= count
        until(is_there, '%s says "%s"' % (self.name, text))

    def stop(self, sig=signal.SIGTERM):
        """@return its exit code."""
        if self.popen.poll() is None:
            self.popen.send_signal(sig)
        return self.popen.wait(WAIT_S)

    def kill(self):
        if self.popen.poll() is None:
            self.popen.kill()
        self.popen.wait()

    def descriptors(self):
        return len(os.listdir('/proc/%d/fd' % self.pid()))

    def pid(self):
        """Of the program itself, which libtool's script may have started."""
        return self.popen.pid

    def cpu_s(self):
        """The processor time of all its threads."""
        folder = '/proc/%d/task' % self.pid()
        ns = 0
        for thread in os.listdir(folder):
            with open(os.path.join(folder, thread, 'schedstat'), encoding='ascii') as stat:
                ns += int(stat.read().split()[0])
        return ns / 1e9


@contextlib.contextmanager
def still(demo):
    """with still(demo) as n: the guest of xenav-demo-daemon shows frame n of its flips all the time."""
    count = demo.text().count('event=still')
    demo.popen.send_signal(signal.SIGRTMIN)
    demo.wait_text('event=still', count + 1)
    until(lambda: demo.text().endswith('\n'), 'the line is whole')
    yield int(demo.text().rpartition('event=still number=')[2].split()[0])
    demo.popen.send_signal(signal.SIGRTMIN)


class Rig:
    """with Rig(demo=[...], vnc=[...]) as rig: a guest named demo, and xenav-vnc at rig.address."""

    def __init__(self, demo, vnc=(), listen=True, env=None, domain='demo'):
        self.dir = tempfile.mkdtemp(prefix='xenav-vnc-')
        self.socket = os.path.join(self.dir, 'daemon')
        self.address = os.path.join(self.dir, 'vnc')
        self.demo_args, self.vnc_args = list(demo), ['--domain=' + domain, *vnc]
        self.listen, self.env = listen, env
        self.clients = []
        self.starts = 0

    def __enter__(self):
        try:
            self.start_demo()
            self.start_vnc()
        except BaseException:
            self.end()
            raise
        return self

    def start_demo(self):
        self.demo = Process('xenav-demo-daemon', ['--socket=' + self.socket, *self.demo_args],
                            os.path.join(self.dir, 'demo.log'))
        self.demo.wait_text('ready ')

    def still(self):
        return still(self.demo)

    def start_vnc(self):
        args = ['--socket=' + self.socket, *self.vnc_args]
        if self.listen:
            args.append('--listen=unix:' + self.address)
        self.vnc = Process('xenav-vnc', args, os.path.join(self.dir, 'vnc.log'), self.env)
        if self.listen:
            self.starts += 1
            self.vnc.wait_text('Listening at unix', self.starts)

    def client(self, *args, address=None, **options):
        client = rfb.Client(address or self.address, *args, **options)
        self.clients.append(client)
        return client

    def client_of(self, width, **options):
        """A client that has seen the guest's connectors, of that width together."""
        def seen():
            client = self.client(**options)
            if client.width == width:
                return client
            client.close()
            return None
        return until(seen, 'there is a picture %d pixels wide' % width)

    def input(self):
        """What the guest was told: a list of dictionaries."""
        # The last line may be there in part.
        whole = self.demo.text().rpartition('\n')[0]
        lines = [line.split() for line in whole.splitlines() if line.startswith('input ')]
        return [dict(word.split('=', 1) for word in line[1:]) for line in lines]

    def keys(self):
        return [(int(e['code']), int(e['pressed'])) for e in self.input() if e.get('event') == 'key']

    def wait_keys(self, wanted):
        try:
            until(lambda: len(self.keys()) >= len(wanted), 'the keys arrive')
        except Failure:
            pass
        equal(self.keys(), wanted, 'what was typed')

    def end(self):
        for client in self.clients:
            client.close()
        for name in ('vnc', 'demo'):
            if hasattr(self, name):
                getattr(self, name).kill()
        shutil.rmtree(self.dir, ignore_errors=True)

    def __exit__(self, kind, error, _):
        try:
            if kind is Failure and 'because this machine is too busy' in self.vnc.text():
                raise TooBusy(str(error))
            if kind is None:
                equal(self.vnc.stop(), 0, 'the exit code of xenav-vnc, which says: %s' % self.vnc.text()[-3000:])
                expect(not SANITIZERS.search(self.vnc.text()), 'a sanitizer complains: ' + self.vnc.text())
                expect(self.demo.popen.poll() is None, 'the daemon has ended')
            else:
                sys.stderr.write(self.vnc.text()[-2000:] if hasattr(self, 'vnc') else '')
        finally:
            self.end()


def check_frame(client, n, x=0, y=0, width=None, height=None):
    """Every pixel of frame n of the demo's flips."""
    width, height = width or client.width, height or client.height
    drawn = reference.flip(n, width, height)
    for row in range(height):
        at = 4 * ((y + row) * client.width + x)
        shown = bytearray(client.frame[at:at + 4 * width])
        shown[3::4] = b'\xff' * width
        if shown != drawn[4 * width * row:4 * width * (row + 1)]:
            return 'row %d of frame %d is not as the guest drew it; the first pixel is of frame %d' % (
                row, n, client.pixel(x, y))
    return None


def expect_frame(rig, client, *where):
    """While the guest stands still, what has changed since is enough for the client to come to the guest's
    frame.  Before, a watched frame may be torn."""
    with rig.still() as n:
        wrong = check_frame(client, n, *where)
        while wrong:
            try:
                client.wait_picture(True)
            except socket.timeout:
                raise Failure('nothing more comes: ' + wrong) from None
            wrong = check_frame(client, n, *where)


tests = []


def test(function):
    tests.append(function)
    return function


def run(function):
    """Run a test, and again while the machine is too busy for it."""
    for _ in range(BUSY_TRIES):
        try:
            return function()
        except TooBusy as busy:
            print('# %s: once more' % busy, flush=True)
    return function()


def main():
    """Run the tests, or those named on the command line."""
    chosen = [t for t in tests if len(sys.argv) < 2 or t.__name__ in sys.argv[1:]]
    failed = False
    print('1..%d' % len(chosen))
    for number, function in enumerate(chosen, 1):
        result, why = 'ok', ''
        try:
            run(function)
        except Skip as skip:
            why = ' # SKIP %s' % skip
        except Exception:
            failed, result = True, 'not ok'
            print(''.join('# ' + line + '\n' for line in traceback.format_exc().splitlines()), end='')
        print('%s %d - %s%s' % (result, number, function.__name__, why), flush=True)
    sys.exit(failed)
