# SPDX-License-Identifier: MIT
"""Streams, connectors and input devices of guests.

Attributes: kind, domain (name), domid, devid, unique_id, and those of each class.
"""
import asyncio
import ctypes as c

from . import keys as _keys
from . import library as _l
from .errors import Gone, Refused
from .picture import Picture
from .sound import Sound, silence

# Programs that draw into the visible buffer are looked at so often.
LOOK_S = 0.1

CLICK_S = 0.04

# Handed to the library at a time.
CHUNK_FRAMES = 65536


class Thing:
    """What all of them have."""
    kind = 'object'

    def __init__(self, connection, pointer):
        self.connection, self.pointer, self.gone = connection, pointer, False
        info = getattr(_l.library(), 'xenav_%s_get_info' % self.kind)(pointer).contents
        self.domid, self.devid = info.domid, info.devid
        self._names = info.domain_name, info.unique_id
        self.domain = info.domain_name.decode(errors='replace')
        self.unique_id = info.unique_id.decode(errors='replace')
        self._claim = None   # None, 'asked', 'claimed' or an error
        self._info(info)

    def _info(self, info):
        pass

    def __repr__(self):
        return '<%s %s of %s (%d)>' % (self.kind, self.unique_id, self.domain, self.domid)

    def selected(self, domain=None, unique_id=None):
        """Does a user's choice hold for it?"""
        domain = None if domain is None else str(domain).encode()
        unique_id = None if unique_id is None else unique_id.encode()
        return bool(_l.library().xenav_selects(domain, unique_id, self.domid, *self._names))

    def _call(self, function, *arguments):
        if self.gone:
            raise Gone('%r is gone' % self)
        return self.connection.call(function, self.pointer, *arguments)

    async def _until(self, condition, timeout=...):
        def check():
            if self.gone:
                raise Gone('%r is gone' % self)
            return condition()
        return await self.connection.until(check, timeout)

    async def _ask(self, function):
        self._claim = 'asked'
        try:
            self._call(function)
            await self._until(lambda: self._claim != 'asked')
        except BaseException:
            self._release()
            raise
        if self._claim != 'claimed':
            error, self._claim = self._claim, None
            raise Refused(repr(self), error)

    def _release(self):
        if self._claim and not self.gone and self.connection.is_open:
            self._call(self.kind + '_release')
        self._claim = None

    def on_claimed(self):
        self._claim = 'claimed'

    def on_claim_failed(self, error):
        self._claim = error


class Connector(Thing):
    """A screen.  width and height are its resolution."""
    kind = 'connector'

    def _info(self, info):
        self.width, self.height, self.connector = info.width_px, info.height_px, info.connector
        self.frames = 0       # frames that have come since it is watched
        self.picture = None   # the newest, None while the guest shows nothing
        self._watchers = 0

    async def watch(self):
        """Begin to watch: picture is kept up to date, and frames counts, until unwatch() is called as
        often as this."""
        self._watchers += 1
        if self._watchers == 1:
            self.frames, self.picture = 0, None
            try:
                await self._ask('connector_watch')
            except BaseException:
                self._watchers = 0
                raise

    def unwatch(self):
        self._watchers -= 1
        if self._watchers == 0:
            self._release()

    async def __aenter__(self):
        await self.watch()
        return self

    async def __aexit__(self, *_):
        self.unwatch()

    async def screenshot(self, timeout=...):
        """The picture that the guest shows now; it is waited for while it shows nothing."""
        async with self:
            before = self.frames
            if before:
                self._call('frame_again')
            return await self._until(lambda: self.frames > before and self.picture, timeout)

    async def wait_for(self, wanted, region=None, different=0, timeout=...):
        """Wait for a picture and return it.

        wanted is a Picture that the guest has to show, at region (x, y) if it is smaller than the
        screen, with at most so many different pixels; or a function that is given each Picture.
        """
        def fits(picture):
            if callable(wanted):
                return wanted(picture)
            x, y = region or (0, 0)
            if x + wanted.width > picture.width or y + wanted.height > picture.height:
                return False
            return picture.crop(x, y, wanted.width, wanted.height).differing(wanted) <= different

        timeout = self.connection.timeout if timeout is ... else timeout
        async with self:
            return await asyncio.wait_for(self._look_until(fits), timeout)

    async def _look_until(self, fits):
        seen = None
        while True:
            if self.gone:
                raise Gone('%r is gone' % self)
            if self.picture is not None and self.picture is not seen:
                seen = self.picture
                if fits(seen):
                    return seen
            before = self.frames
            await self.connection.next_change(LOOK_S)
            if self.frames == before and not self.gone:
                self._call('frame_again')

    def on_frame(self, frame):
        picture = frame.contents
        data = bytearray(picture.width_px * picture.height_px * 4)
        rc = _l.library().xenav_frame_to_xrgb8888(frame, (c.c_char * len(data)).from_buffer(data),
                                                  picture.width_px * 4)
        self.frames += 1
        self._call('frame_done')
        _l.check(rc)
        self.picture = Picture(picture.width_px, picture.height_px, data)

    def on_blank(self):
        self.frames += 1
        self.picture = None


class Stream(Thing):
    """A stream of a sound card: direction is 'playback' or 'capture'."""
    kind = 'stream'

    def _info(self, info):
        self.direction = 'capture' if info.direction == _l.CAPTURE else 'playback'
        self.pcm, self.stream = info.pcm, info.stream
        self.pcm_name = info.pcm_name.decode(errors='replace')
        self.state = 'closed'   # or stopped, started, paused; as long as it is claimed
        self.opening = None     # Sound without data, of the opening
        self._openings = 0
        self._parts = None      # while it is recorded
        self._read = 0
        self._limits_error = None

    async def record(self, seconds=None, drive=False, wait=False, timeout=...):
        """Hear what the guest plays, from now on, and return it as a Sound.

        It ends after so many seconds of the stream, or when the guest closes it.  What was not heard
        is silent.  timeout is that for the guest to open the stream.  With drive nobody else can
        play the stream meanwhile; with wait, too, it is not refused while another program plays it,
        but waits until that has released it.
        """
        self._begin()
        self._parts = parts = []
        try:
            await self._ask(('stream_claim_wait' if wait else 'stream_claim') if drive else 'stream_watch')
            sound = await self._until(lambda: self.opening, timeout)
            most = None if seconds is None else int(seconds * sound.rate)
            await self._until(lambda: self._ended(1) or (most is not None and self._heard() >= most), None)
        finally:
            self._release()
            self._parts = None
        sound.data = self._join(sound, parts, most)
        return sound

    def _begin(self):
        self.opening, self.state, self._openings, self._read, self._limits_error = None, 'closed', 0, 0, None

    def _ended(self, opening):
        """Has the opening of that number been closed?"""
        return self.state == 'closed' or self._openings != opening

    def _heard(self):
        if not self._parts:
            return 0
        last, data = self._parts[-1]
        return last + len(data) // self.opening.frame_bytes - self._parts[0][0]

    @staticmethod
    def _join(sound, parts, most):
        """A guest may write a position again, before it was played."""
        first = parts[0][0] if parts else 0
        end = max((at + len(data) // sound.frame_bytes for at, data in parts), default=0)
        end = end if most is None else min(end, first + most)
        out = bytearray(silence(sound.sample_format, (end - first) * sound.frame_bytes))
        for position, data in parts:
            at = (position - first) * sound.frame_bytes
            if 0 <= at < len(out):
                out[at:at + len(data)] = data[:len(out) - at]
        return bytes(out)

    async def feed(self, sound, timeout=...):
        """Let the guest record a Sound, from its beginning, and return when it has read all of it.

        The guest can open the stream with the sound's rate, format and channels only; timeout is that
        for it to do so.
        """
        self._begin()
        try:
            await self._ask('stream_feed')
            self._limit(sound)
            await self._until(lambda: self._is_fitting(sound), timeout)
            await self._write(sound)
        finally:
            self._release()

    def _limit(self, sound):
        limits = _l.Limits(size=c.sizeof(_l.Limits), formats=1 << sound.sample_format, rate_min_hz=sound.rate,
                           rate_max_hz=sound.rate, channels_min=sound.channels, channels_max=sound.channels)
        self._call('stream_set_limits', c.byref(limits))

    def _is_fitting(self, sound):
        if self._limits_error is not None:
            raise Refused('%r cannot have %r' % (self, sound), self._limits_error)
        return self.opening and (self.opening.rate, self.opening.channels, self.opening.sample_format) == \
            (sound.rate, sound.channels, sound.sample_format)

    async def _write(self, sound):
        opening, done = self._openings, 0
        while done < sound.frames:
            before = self._read
            rest = sound.data[done * sound.frame_bytes:(done + CHUNK_FRAMES) * sound.frame_bytes]
            written = self._call('stream_write', rest, len(rest) // sound.frame_bytes)
            done += written
            if not written:
                await self._until(lambda: self._read != before or self._ended(opening), None)
            if self._ended(opening):
                raise Gone('the guest has closed %r' % self)
        end = self._call('stream_get_written')
        await self._until(lambda: self._read >= end or self._ended(opening), None)

    def on_opened(self, pcm):
        self.opening = Sound(pcm.contents.rate_hz, pcm.contents.channels, pcm.contents.format)
        self.state = 'stopped'
        self._openings += 1

    def on_state(self, state, _):
        self.state = ('stopped', 'started', 'paused')[state]

    def on_closed(self):
        self.state = 'closed'

    def on_data(self, position, samples, frames):
        if self._parts is not None and self._openings == 1:
            self._parts.append((position, c.string_at(samples, frames * self.opening.frame_bytes)))

    def on_space(self, read, _):
        self._read = read

    def on_limits_failed(self, error):
        self._limits_error = error


class Input(Thing):
    """A keyboard, pointer and touch screen.  Positions are pixels of a Connector, or of the first one
    that the device belongs to."""
    kind = 'input'

    def _info(self, info):
        self.has_keyboard = bool(info.caps & _l.INPUT_KEYBOARD)
        self.has_pointer = bool(info.caps & _l.INPUT_POINTER)
        self.is_absolute = bool(info.caps & _l.INPUT_ABSOLUTE)
        self.has_touch = bool(info.caps & _l.INPUT_TOUCH)

    def belongs(self, connector):
        return bool(_l.library().xenav_input_belongs(self.pointer, connector.pointer))

    async def feed(self):
        """Begin to feed the device; all other methods do it, too.  It ends with release()."""
        if self._claim != 'claimed':
            await self._ask('input_feed')

    def release(self):
        """What this program holds down is released."""
        self._release()

    on_ready, on_failed = Thing.on_claimed, Thing.on_claim_failed

    async def _send(self, function, *arguments):
        await self._queue(function, *arguments)
        self._call('input_flush')

    async def _queue(self, function, *arguments):
        """Wait while the queue is full."""
        while True:
            try:
                return self._call(function, *arguments)
            except BlockingIOError:
                await self.connection.next_change(LOOK_S)

    # -------- keys --------

    async def press(self, code, pressed=True):
        """A key or button goes down, or up: a code of linux/input-event-codes.h, or a name."""
        await self.feed()
        code = _keys.code_of(code) if isinstance(code, str) else code
        await self._send('input_key', code, int(pressed))

    async def _chord(self, codes, delay):
        for code in codes:
            await self.press(code)
        for code in reversed(codes):
            await self.press(code, False)
        await asyncio.sleep(delay)

    async def key(self, *chords, delay=0.005):
        """Press keys together, such as 'ctrl+alt+f2', one chord after the other."""
        for codes in [_keys.chord(text) for text in chords]:
            await self._chord(codes, delay)

    async def type(self, text, delay=0.005):
        """Type a text on an American keyboard.  Nothing is typed if it lacks a character."""
        for codes in _keys.strokes(text):
            await self._chord(codes, delay)

    # -------- pointer --------

    def _screen(self, connector):
        if connector:
            return connector.pointer
        for thing in self.connection.objects:
            if isinstance(thing, Connector) and thing.domid == self.domid and self.belongs(thing):
                return thing.pointer
        return None

    async def move(self, x, y, connector=None, wheel=0):
        """Move the pointer to a pixel, and turn the wheel by so many notches downwards."""
        await self.feed()
        await self._send('input_position', self._screen(connector), x, y, wheel)

    async def click(self, x, y, button='left', double=False, connector=None, hold=CLICK_S):
        """Move the pointer to a pixel and click."""
        await self.move(x, y, connector)
        for _ in range(2 if double else 1):
            await self.press(_keys.BUTTONS[button])
            await asyncio.sleep(hold)
            await self.press(_keys.BUTTONS[button], False)
            await asyncio.sleep(hold)

    async def drag(self, x, y, to_x, to_y, button='left', connector=None, hold=CLICK_S):
        """Move the pointer to a pixel, and with a button down to another one."""
        await self.move(x, y, connector)
        await self.press(_keys.BUTTONS[button])
        await asyncio.sleep(hold)
        await self.move(to_x, to_y, connector)
        await asyncio.sleep(hold)
        await self.press(_keys.BUTTONS[button], False)

    async def wheel(self, notches):
        """Turn the wheel, downwards if notches is positive."""
        await self.feed()
        await self._send('input_motion', 0, 0, notches)

    async def tap(self, x, y, connector=None, contact=0, hold=CLICK_S):
        """Touch a pixel of the touch screen."""
        await self.feed()
        await self._send('input_touch', contact, self._screen(connector), x, y)
        await asyncio.sleep(hold)
        await self._send('input_touch_end', contact)
