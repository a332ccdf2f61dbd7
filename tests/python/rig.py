# SPDX-License-Identifier: MIT
"""A demo daemon for tests of the Python module, and their results in TAP."""
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'demo'))
import reference  # noqa: E402

BUILD = os.environ.get('top_builddir', '.')
WAIT = 60

TESTS = []


def test(function):
    """Register a test, which is named as a sentence."""
    TESTS.append(function)
    return function


def run():
    """Run all tests, between which no descriptor may be left."""
    failed = 0
    print('1..%d' % len(TESTS))
    for number, function in enumerate(TESTS, 1):
        before = descriptors()
        try:
            function()
            left = descriptors() - before
            assert not left, 'descriptors are left: %s' % left
            print('ok %d - %s' % (number, function.__name__))
        except Exception:
            failed += 1
            for line in traceback.format_exc().splitlines():
                print('# ' + line)
            print('not ok %d - %s' % (number, function.__name__))
    return failed > 0


def descriptors():
    return {name + ' ' + os.readlink('/proc/self/fd/' + name) for name in os.listdir('/proc/self/fd')
            if os.path.islink('/proc/self/fd/' + name)}


def raises(error, function, *arguments, **options):
    """@return the exception that the call raises."""
    try:
        function(*arguments, **options)
    except error as raised:
        return raised
    raise AssertionError('%s was not raised' % error.__name__)


class Demo:
    """A running xenav-demo-daemon: use it with `with`."""

    def __init__(self, *arguments):
        self.folder = tempfile.mkdtemp(prefix='test-python-')
        self.socket = os.path.join(self.folder, 'socket')
        self.arguments = arguments
        self._start()

    def _start(self):
        # A sanitizer that was preloaded into Python is not for it, nor its options.
        environment = {name: value for name, value in os.environ.items()
                       if name not in ('LD_PRELOAD', 'ASAN_OPTIONS')}
        self.process = subprocess.Popen(
            [os.path.join(BUILD, 'xenav-demo-daemon'), '--socket=' + self.socket, *self.arguments],
            stdout=subprocess.PIPE, bufsize=0, env=environment)
        self._text = b''
        self.await_line('ready ')

    def _line(self, wanted):
        while b'\n' not in self._text:
            there, _, _ = select.select([self.process.stdout], [], [], WAIT)
            more = os.read(self.process.stdout.fileno(), 65536) if there else b''
            assert more, 'the demo daemon has %s before it printed %r' % ('ended' if there else 'waited', wanted)
            self._text += more
        line, _, self._text = self._text.partition(b'\n')
        return line.decode()

    def await_line(self, text):
        """The next line that contains the text."""
        while True:
            line = self._line(text)
            if text in line:
                return line

    def signal(self, number):
        self.process.send_signal(number)

    def fail(self):
        """As after a SIGKILL of xenavd."""
        self.process.kill()
        self.process.communicate(timeout=WAIT)

    def come_back(self):
        self._start()

    def end(self):
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
            self.process.communicate(timeout=WAIT)
        assert self.process.returncode == 0, 'the demo daemon ended with %d' % self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            self.end()
        except Exception:
            self.process.kill()
            self.process.communicate()
            if not kind:
                raise
        finally:
            self.process.stdout.close()
            shutil.rmtree(self.folder)


def tune_s16(rate, channels, first, frames):
    """Frames of the tune, as s16_le."""
    return b''.join(reference.tune(first + i, c, rate).to_bytes(2, 'little', signed=True)
                    for i in range(frames) for c in range(channels))


def flip(width, height, number):
    """The data of the Picture of a frame."""
    return reference.flip(number, width, height)
