# SPDX-License-Identifier: MIT
"""Sound that guests play and record."""
import ctypes as c

from . import library as _l
from .errors import Gone, Refused
from .sound import Sound, silence
from .thing import Thing

# Handed to the library at a time.
CHUNK_FRAMES = 65536


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
