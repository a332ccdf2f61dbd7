# SPDX-License-Identifier: MIT
"""Screens of guests."""
import ctypes as c

from . import library as _l
from .errors import Gone
from .picture import Picture
from .thing import LOOK_S, Thing


class Connector(Thing):
    """A screen.  width and height are its resolution."""
    kind = 'connector'

    def _info(self, info):
        self.width, self.height, self.connector = info.width_px, info.height_px, info.connector
        self.frames = 0       # frames that have come since it is watched
        self.picture = None   # the newest, None while the guest shows nothing
        self._watchers = 0

    async def watch(self, drive=False):
        """Begin to watch: picture is kept up to date, and frames counts, until unwatch() is called as
        often as this.

        A picture that is watched may be torn, if the guest draws into it meanwhile; the next one is
        whole.  With drive the guest waits for us, as for a real screen, and all are whole, but no other
        program can drive the connector; that is of no effect if it is watched already.
        """
        self._watchers += 1
        if self._watchers == 1:
            self.frames, self.picture = 0, None
            try:
                await self._ask('connector_claim' if drive else 'connector_watch')
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

    async def screenshot(self, drive=False, timeout=...):
        """The picture that the guest shows now; it is waited for while it shows nothing.  drive is as
        for watch()."""
        await self.watch(drive)
        try:
            before = self.frames
            if before:
                self._call('frame_again')
            return await self._until(lambda: self.frames > before and self.picture, timeout)
        finally:
            self.unwatch()

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

        async with self:
            return await self.connection.within(timeout, self._look_until(fits))

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
