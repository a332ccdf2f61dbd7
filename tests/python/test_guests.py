# SPDX-License-Identifier: MIT
"""The module with guests of the demo daemon."""
import asyncio
import errno
import functools
import signal

from rig import WAIT, Demo, flip, raises, test, tune_s16

import xenav
from xenav import Gone, Picture, Refused, Sound

S16_LE = 2

Connection, Session = (functools.partial(kind, timeout=WAIT) for kind in (xenav.Connection, xenav.Session))


# -------- pictures --------

@test
def a_screenshot_is_the_frame_of_the_guest():
    with Demo('--script=flip', '--size=640x480') as demo, Session(demo.socket) as x:
        screen = x.connector(domain='demo', unique_id='flip')
        assert (screen.width, screen.height, screen.domid) == (640, 480, 1)
        numbers = []
        for _ in range(3):
            picture = screen.screenshot(drive=True)
            numbers.append(int.from_bytes(picture.data[:3], 'little'))
            assert picture.data == flip(640, 480, numbers[-1])
        assert numbers == sorted(numbers)


@test
def other_pixel_formats_are_converted():
    with Demo('--script=draw', '--size=64x64', '--fourcc=RG16') as demo, Session(demo.socket) as x:
        assert x.connector().screenshot().pixel(63, 63)[0] in range(256)
    with Demo('--script=blank', '--size=64x64', '--fourcc=AB24', '--every=3600000') as demo, \
            Session(demo.socket) as x:
        assert x.connector().screenshot().pixel(63, 63) == (0x20, 0x40, 0x60)


@test
def a_picture_is_waited_for():
    with Demo('--script=draw', '--size=320x240', '--every=100') as demo, Session(demo.socket) as x:
        screen = x.connector(unique_id='draw')
        first = screen.screenshot()
        later = screen.wait_for(lambda picture: picture != first)
        assert later != first
        # This corner is part of what every picture has, or is drawn over one day.
        assert screen.wait_for(later.crop(0, 0, 1, 1), different=1).width == 320
        raises(TimeoutError, screen.wait_for, Picture(1, 1, b'\1\2\3\xff'), region=(319, 239), timeout=0.2)
        raises(TimeoutError, screen.wait_for, Picture(400, 1, bytes(1600)), timeout=0.2)


@test
def a_screen_that_shows_nothing_is_waited_for():
    with Demo('--script=blank', '--size=64x64', '--every=200') as demo, Session(demo.socket) as x:
        screen = x.connector()
        demo.await_line('event=hidden')
        assert screen.screenshot().width == 64


@test
def a_restart_of_the_daemon_goes_unnoticed():
    async def look(demo):
        async with Connection(demo.socket) as x:
            screen, keys = await x.connector(), await x.input()
            async with screen:
                await x.until(lambda: screen.frames > 2)
                for _ in range(3):
                    demo.fail()
                    await x.until(lambda: x.is_paused)
                    demo.come_back()
                    await x.until(lambda: not x.is_paused)
                    before = screen.frames
                    await x.until(lambda: screen.frames > before)
                assert x.find(type(screen)) is screen and x.find(type(keys)) is keys
                assert len(x.objects) == 2
                await keys.key('a')
                assert 'code=30' in demo.await_line('key ')
            demo.fail()
            await x.until(lambda: x.is_paused)
            x.close()
            demo.come_back()
    with Demo('--script=flip,input', '--size=64x64') as demo:
        asyncio.run(look(demo))


@test
def without_patience_the_end_of_the_daemon_is_the_end():
    async def look(demo):
        async with Connection(demo.socket, patience=0) as x:
            await x.connector()
            demo.fail()
            try:
                await x.until(lambda: False)
            except OSError as error:
                assert error.errno == errno.EPIPE
            demo.come_back()
    with Demo('--script=flip', '--size=64x64') as demo:
        asyncio.run(look(demo))


# -------- sound --------

@test
def a_recording_is_what_the_guest_plays():
    with Demo('--script=play', '--buffer=65536', '--rate=8000', '--channels=2') as demo, Session(demo.socket) as x:
        sound = x.playback(domain=1).record(seconds=0.5)
        assert (sound.rate, sound.channels, sound.name, sound.frames) == (8000, 2, 's16_le', 4000)
        whole = tune_s16(8000, 2, 0, 32000)
        assert sound.data in whole


@test
def a_stream_that_is_closed_ends_its_recording():
    with Demo('--script=play', '--wait', '--seconds=1', '--rate=8000', '--channels=1') as demo, \
            Session(demo.socket) as x:
        assert x.playback().record(drive=True).data == tune_s16(8000, 1, 0, 8000)


@test
def a_sound_that_is_fed_is_heard():
    with Demo('--script=capture', '--rate=8000', '--channels=1', '--buffer=65536') as demo, Session(demo.socket) as x:
        x.capture().feed(Sound(8000, 1, S16_LE, tune_s16(8000, 1, 0, 20000)))
        whole = False
        while not whole:
            line = demo.await_line('event=heard')
            values = dict(pair.split('=') for pair in line.split()[1:])
            assert values['other'] == '0' and int(values['position']) < 400000, line
            whole = values['tune'] == values['frames']


@test
def a_sound_that_the_guest_cannot_have_is_refused():
    with Demo('--script=capture', '--rate=8000') as demo, Session(demo.socket) as x:
        error = raises(Refused, x.capture().feed, Sound(44100, 1, S16_LE, bytes(2)))
        assert error.errno == errno.EINVAL


@test
def several_things_are_done_at_a_time():
    async def hear(x, domain):
        return await (await x.playback(domain=domain)).record(seconds=0.2)

    async def both(socket):
        async with Connection(socket) as x:
            return await asyncio.gather(hear(x, 1), hear(x, 2), (await x.connector(2)).screenshot(drive=True))

    with Demo('--script=play,flip', '--guests=2', '--rate=8000', '--buffer=65536', '--size=320x240') as demo:
        one, two, picture = asyncio.run(both(demo.socket))
    assert one.frames == two.frames == 1600
    assert picture.data == flip(320, 240, int.from_bytes(picture.data[:3], 'little'))


# -------- input --------

@test
def what_is_typed_and_clicked_arrives():
    with Demo('--script=input,flip', '--size=640x480') as demo, Session(demo.socket) as x:
        hands = x.input(domain='demo')
        hands.type('aB')
        for code, pressed in (30, 1), (30, 0), (42, 1), (48, 1), (48, 0), (42, 0):
            demo.await_line('event=key code=%d pressed=%d' % (code, pressed))
        hands.key('ctrl+alt+f2')
        demo.await_line('code=60 pressed=1')
        demo.await_line('code=29 pressed=0')
        hands.click(320, 200, button='right', double=True)
        demo.await_line('event=position x=320 y=200')
        for pressed in 1, 0, 1, 0:
            demo.await_line('code=273 pressed=%d' % pressed)
        hands.drag(1, 2, 30, 40)
        demo.await_line('code=272 pressed=1')
        demo.await_line('event=position x=30 y=40')
        hands.tap(5, 6)
        demo.await_line('action=down x=5 y=6')
        demo.await_line('action=up')
        hands.wheel(2)
        demo.await_line('wheel=2')
        raises(ValueError, hands.type, 'aä')
        hands.press('leftshift')
        demo.await_line('code=42 pressed=1')


@test
def what_is_held_when_a_program_leaves_is_released():
    with Demo('--script=input') as demo:
        with Session(demo.socket) as x:
            x.input().press('a')
            demo.await_line('code=30 pressed=1')
        demo.await_line('code=30 pressed=0')


# -------- what goes wrong --------

@test
def what_is_busy_is_refused_and_can_be_had_later():
    with Demo('--script=busy', '--size=64x64', '--rate=8000') as demo, Session(demo.socket) as x:
        stream = x.playback()
        assert raises(Refused, stream.record, 0.1, drive=True).errno == errno.EBUSY
        demo.signal(signal.SIGUSR2)
        for _ in range(3):
            demo.await_line('event=released')
        assert stream.record(0.1, drive=True).frames == 800


@test
def what_is_busy_can_be_waited_for():
    async def wait(demo):
        async with Connection(demo.socket) as x:
            recording = asyncio.create_task((await x.playback()).record(0.1, drive=True, wait=True))
            await (await x.connector()).screenshot()
            assert not recording.done()
            demo.signal(signal.SIGUSR2)
            return await recording

    with Demo('--script=busy', '--size=64x64', '--rate=8000') as demo:
        assert asyncio.run(wait(demo)).frames == 800


@test
def objects_that_go_end_what_waits_for_them():
    with Demo('--script=remove', '--every=300', '--size=64x64') as demo, Session(demo.socket) as x:
        raises(Gone, x.connector().wait_for, Picture(1, 1, b'\1\2\3\xff'))
        raises(Gone, x.playback().record)


@test
def what_is_not_there_is_waited_for_and_no_longer():
    with Demo('--script=play') as demo, Session(demo.socket) as x:
        raises(TimeoutError, x.connector, timeout=0.1)
        raises(TimeoutError, x.playback, domain='nobody', timeout=0.1)
        assert x.playback(domain='demo').unique_id == 'play'


@test
def the_end_of_the_daemon_is_told():
    with Demo('--script=play') as demo:
        with Session(demo.socket) as x:
            stream = x.playback()
            demo.end()
            raises((OSError, Gone), stream.record)
        raises(OSError, Session(demo.socket).__enter__)
