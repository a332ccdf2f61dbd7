# SPDX-License-Identifier: MIT
"""Keyboards, pointers and touch screens of guests."""
import asyncio

from . import keys as _keys
from . import library as _l
from .connector import Connector
from .thing import LOOK_S, Thing

# How long a button or finger is down.
CLICK_S = 0.04


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
