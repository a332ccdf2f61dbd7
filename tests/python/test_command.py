# SPDX-License-Identifier: MIT
"""python3 -m xenav."""
import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile

from rig import WAIT, Demo, flip, test, tune_s16

from xenav import Picture, Sound
from xenav.__main__ import main


def command(demo, *arguments):
    """@return the exit code, what was printed, and the complaints."""
    out, err = io.StringIO(), io.StringIO()
    socket = demo.socket if isinstance(demo, Demo) else demo
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(['--socket', socket, '--timeout', str(WAIT), *arguments])
        except SystemExit as leaving:
            code = leaving.code
    return code, out.getvalue(), err.getvalue()


def done(demo, *arguments):
    code, out, err = command(demo, *arguments)
    assert (code, err) == (0, ''), (code, err)
    return out


@test
def objects_are_listed():
    with Demo('--script=play,capture,flip,input', '--size=320x240') as demo:
        out = done(demo, 'list')
        assert sorted(line.split()[0] for line in out.splitlines()) == \
            ['kind=connector', 'kind=input', 'kind=stream', 'kind=stream'], out
        assert 'kind=connector domid=1 domain=demo device=2 unique_id=flip size=320x240' in out
        objects = [json.loads(line) for line in done(demo, '--unique-id', 'capture', 'list', '--json').splitlines()]
        assert [(o['kind'], o['direction']) for o in objects] == [('stream', 'capture')]
        assert done(demo, '--domain', '2', 'list') == ''


@test
def files_are_written_and_read():
    with Demo('--script=play,capture,flip', '--size=320x240', '--rate=8000', '--channels=1', '--buffer=32768') as demo, \
            tempfile.TemporaryDirectory() as folder:
        picture, sound = os.path.join(folder, 'a.png'), os.path.join(folder, 'a.wav')
        done(demo, '--domain', 'demo', 'screenshot', '--drive', picture)
        seen = Picture.load(picture)
        assert seen.data == flip(320, 240, int.from_bytes(seen.data[:3], 'little'))
        assert 's16_le 8000 Hz' in done(demo, 'record', '--seconds', '0.25', sound)
        assert Sound.load(sound).data in tune_s16(8000, 1, 0, 32000)
        seen.crop(319, 239, 1, 1).save(picture)
        done(demo, 'wait', '--at', '319,239', picture)
        done(demo, 'feed', sound)


@test
def input_is_sent():
    with Demo('--script=flip,input') as demo:
        done(demo, 'type', 'ok')
        demo.await_line('code=24 pressed=1')
        done(demo, 'key', 'ctrl+c', 'enter')
        demo.await_line('code=46 pressed=1')
        demo.await_line('code=28 pressed=0')
        done(demo, 'click', '--button', 'middle', '3,4')
        demo.await_line('x=3 y=4')
        demo.await_line('code=274 pressed=0')


@test
def the_examples_work():
    folder = os.path.join(os.environ.get('top_srcdir', '.'), 'python/examples')
    with Demo('--script=draw,input', '--size=64x64', '--every=100') as demo:
        watching = subprocess.Popen([sys.executable, os.path.join(folder, 'watch-all.py'), demo.socket],
                                    stdout=subprocess.PIPE, text=True)
        for _ in range(2):
            assert '<Picture 64x64>' in watching.stdout.readline()
        watching.send_signal(signal.SIGINT)
        watching.communicate()
        assert watching.returncode == 0
    compile(open_text(os.path.join(folder, 'log-in.py')), 'log-in.py', 'exec')


def open_text(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


@test
def the_exit_code_tells_what_was_wrong():
    with Demo('--script=input,blank', '--size=64x64', '--every=50') as demo, tempfile.TemporaryDirectory() as folder:
        never = os.path.join(folder, 'never.png')
        Picture(1, 1, b'\1\2\3\xff').save(never)
        assert command(demo, 'dance')[0] == 64
        assert command(demo, 'click', '1')[0] == 64
        assert command(demo, 'type', 'ä')[0] == 65
        assert command(demo, 'key', 'nothing')[0] == 65
        assert command(demo, '--timeout', '0.1', '--domain', 'nobody', 'type', 'a')[0] == 69
        assert command(os.path.join(folder, 'nowhere'), 'list')[0] == 69
        assert command(demo, '--timeout', '0.2', 'wait', never)[0] == 1
        assert command(demo, 'wait', os.path.join(folder, 'missing.png'))[0] == 1
        assert command(demo, 'screenshot', os.path.join(folder, 'no', 'folder.png'))[0] == 1
