# SPDX-License-Identifier: MIT
"""A connection to xenavd in asyncio's event loop, and the objects that it knows."""
import asyncio
import ctypes as c
import os

from . import library as _l
from .connector import Connector
from .errors import Gone
from .input import Input
from .stream import Stream

POLLIN, POLLOUT = 1, 4
DEFAULT_TIMEOUT = 10


class Connection:
    """Use it with `async with`, or call open() and close().

    objects holds all streams, connectors and input devices, in the order in which they came.
    timeout, in seconds, is that of all methods that wait, unless they are given another one; None
    waits for ever.  A method that has waited for so long raises TimeoutError.

    A restart of xenavd goes unnoticed, except that is_paused is true meanwhile, if it takes no longer
    than patience, in seconds.
    """

    def __init__(self, socket=None, name='python', timeout=DEFAULT_TIMEOUT, patience=30):
        self.socket, self.name, self.timeout, self.patience = socket, name, timeout, patience
        self.is_paused = False
        self.objects = []
        self.daemon = None  # the name and version of xenavd, once it has answered
        self.error = None   # why the connection has ended
        self._x = c.c_void_p()
        self._by_pointer = {}
        self._waiting = []
        self._failure = None
        self._fd = -1
        self._announced = False

    # -------- its life --------

    async def open(self):
        """Connect, and wait for the objects that there are.

        OSError without xenavd, or if it does not admit this user.
        """
        self._loop = asyncio.get_running_loop()
        self._callbacks = _l.Listener(c.sizeof(_l.Listener), *(
            _l.CALLBACK_TYPES[name](self._caller(name)) for name, _ in _l.CALLBACKS))
        path = os.fsencode(self.socket) if self.socket else None
        _l.check(_l.library().xenav_open(c.byref(self._x), path, self.name.encode(), c.byref(self._callbacks),
                                         None))
        _l.library().xenav_set_patience(self._x, int(self.patience * 1000))
        self._fd = _l.library().xenav_get_fd(self._x)
        self._loop.add_reader(self._fd, self._dispatch)
        try:
            await self.until(lambda: self._announced)
        except BaseException:
            self.close()
            raise
        return self

    def close(self):
        """Disconnect: what is claimed is released, and what is held down."""
        if not self._x:
            return
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)
        _l.library().xenav_close(self._x)
        self._x = c.c_void_p()
        self.objects.clear()
        self._by_pointer.clear()
        self._wake()

    @property
    def is_open(self):
        return bool(self._x) and self.error is None

    async def __aenter__(self):
        return await self.open()

    async def __aexit__(self, *_):
        self.close()

    # -------- finding objects --------

    def find(self, kind, domain=None, unique_id=None, **attributes):
        """The first object of a class that a user's choice of domain (name or number) and unique_id,
        and the values of its attributes, select; or None."""
        for thing in self.objects:
            if isinstance(thing, kind) and thing.selected(domain, unique_id) and \
                    all(getattr(thing, key) == value for key, value in attributes.items()):
                return thing
        return None

    async def await_object(self, kind, domain=None, unique_id=None, timeout=..., **attributes):
        """The same, but wait for it."""
        return await self.until(lambda: self.find(kind, domain, unique_id, **attributes), timeout)

    async def connector(self, domain=None, unique_id=None, timeout=...):
        return await self.await_object(Connector, domain, unique_id, timeout)

    async def playback(self, domain=None, unique_id=None, timeout=...):
        return await self.await_object(Stream, domain, unique_id, timeout, direction='playback')

    async def capture(self, domain=None, unique_id=None, timeout=...):
        return await self.await_object(Stream, domain, unique_id, timeout, direction='capture')

    async def input(self, domain=None, unique_id=None, timeout=...):
        return await self.await_object(Input, domain, unique_id, timeout)

    # -------- waiting --------

    async def until(self, condition, timeout=...):
        """Wait until condition() is true, which is asked after all that xenavd says, and return what it
        returned."""
        return await self.within(timeout, self._until(condition))

    async def within(self, timeout, waiting):
        """Await for so many seconds, by default those of the connection; TimeoutError then."""
        timeout = self.timeout if timeout is ... else timeout
        try:
            return await asyncio.wait_for(waiting, timeout)
        except asyncio.TimeoutError:
            raise TimeoutError('not seen in %s s' % timeout) from None

    async def _until(self, condition):
        while True:
            self._raise_failure()
            value = condition()
            if value:
                return value
            if self.error is not None:
                raise self.error
            if not self._x:
                raise Gone('the connection is closed')
            waiting = self._loop.create_future()
            self._waiting.append(waiting)
            await waiting

    async def next_change(self, timeout):
        """Wait for the next thing that xenavd says, or so many seconds."""
        waiting = self._loop.create_future()
        self._waiting.append(waiting)
        await asyncio.wait([waiting], timeout=timeout)
        self._raise_failure()
        if self.error is not None:
            raise self.error

    def _raise_failure(self):
        failure, self._failure = self._failure, None
        if failure:
            raise failure

    def _wake(self):
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if not one.done():
                one.set_result(None)

    # -------- the library --------

    def call(self, function, *arguments):
        """Call a function of libxenav by its name without xenav_; OSError for a negative result."""
        if not self._x:
            raise Gone('the connection is closed')
        rc = getattr(_l.library(), 'xenav_' + function)(*arguments)
        self._watch_room()
        return _l.check(rc)

    def _watch_room(self):
        """A message that the socket did not take is sent by xenav_dispatch() when there is room."""
        if _l.library().xenav_get_events(self._x) & POLLOUT:
            self._loop.add_writer(self._fd, self._dispatch)
        else:
            self._loop.remove_writer(self._fd)

    def _dispatch(self):
        _l.library().xenav_dispatch(self._x)
        if self.error is not None:
            self._loop.remove_reader(self._fd)
            self._loop.remove_writer(self._fd)
        else:
            self._watch_room()
        self._wake()

    # -------- callbacks --------

    def _caller(self, name):
        """A callback, which raises nothing inside of the library: who waits gets it."""
        own = getattr(self, '_on_' + name, None)

        def call(_, *arguments):
            try:
                if own:
                    own(*arguments)
                else:
                    self._pass_on(name, *arguments)
            except Exception as failure:  # pylint: disable=broad-except
                self._failure = self._failure or failure
        return call

    def _pass_on(self, name, pointer, *arguments):
        thing = self._by_pointer.get(pointer)
        handler = getattr(thing, 'on_' + (name.partition('_')[2] or name), None)
        if handler:
            handler(*arguments)

    def _on_connected(self, daemon):
        self.daemon = daemon.decode(errors='replace')

    def _on_announced(self):
        self._announced = True

    def _on_paused(self):
        self.is_paused = True

    def _on_resumed(self):
        self.is_paused = False

    def _on_disconnected(self, error):
        self.error = OSError(-error, 'disconnected by xenavd: ' + os.strerror(-error))

    def _add(self, kind, pointer):
        thing = kind(self, pointer)
        self._by_pointer[pointer] = thing
        self.objects.append(thing)

    def _remove(self, pointer):
        thing = self._by_pointer.pop(pointer)
        thing.gone = True
        self.objects.remove(thing)

    def _on_stream_added(self, pointer):
        self._add(Stream, pointer)

    def _on_connector_added(self, pointer):
        self._add(Connector, pointer)

    def _on_input_added(self, pointer):
        self._add(Input, pointer)

    _on_stream_removed = _on_connector_removed = _on_input_removed = _remove
