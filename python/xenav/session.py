# SPDX-License-Identifier: MIT
"""The same without asyncio, for scripts: each method waits until it is done."""
import asyncio
import inspect

from .connection import DEFAULT_TIMEOUT, Connection
from .thing import Thing


class Plain:
    """An object whose coroutines are called like functions."""

    def __init__(self, session, thing):
        self._session, self._thing = session, thing

    def __getattr__(self, name):
        return self._session.wrap(getattr(self._thing, name))

    def __repr__(self):
        return repr(self._thing)


def _thing(value):
    return value._thing if isinstance(value, Plain) else value


class Session:
    """Use it with `with`.  connector(), playback(), capture() and input() wait for an object, whose
    methods are those of the classes in xenav; objects lists all.  While no method is called
    nothing is handled: use asyncio and Connection to do several things at a time."""

    def __init__(self, socket=None, name='python', timeout=DEFAULT_TIMEOUT):
        self._loop = asyncio.new_event_loop()
        self._connection = Connection(socket, name, timeout)

    def __enter__(self):
        try:
            self._loop.run_until_complete(self._connection.open())
        except BaseException:
            self._loop.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if not self._loop.is_closed():
            self._connection.close()
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    @property
    def objects(self):
        """All objects that there are now."""
        self._loop.run_until_complete(self._connection.next_change(0))
        return [Plain(self, thing) for thing in self._connection.objects]

    def wrap(self, value):
        if not inspect.ismethod(value):
            return Plain(self, value) if isinstance(value, Thing) else value

        def call(*arguments, **options):
            result = value(*map(_thing, arguments), **{name: _thing(one) for name, one in options.items()})
            if inspect.isawaitable(result):
                result = self._loop.run_until_complete(result)
            return self.wrap(result)
        return call

    def __getattr__(self, name):
        return self.wrap(getattr(self._connection, name))
