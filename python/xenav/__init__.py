# SPDX-License-Identifier: MIT
"""xenav: see, hear and use guests of Xen, through libxenav and xenavd.

In a script:

    import xenav
    with xenav.Session() as x:
        screen = x.connector(domain='web')
        screen.screenshot().save('web.png')
        x.input(domain='web').type('root\\n')
        screen.wait_for(xenav.Picture.load('prompt.png'), region=(0, 100), timeout=60)
        x.playback(domain='web').record(seconds=3).save('web.wav')

With asyncio, the same methods are coroutines of Connection:

    async with xenav.Connection() as x:
        screen = await x.connector(domain='web')
        picture = await screen.screenshot()

`python3 -m xenav --help` is the same for the shell.  It needs the standard library and libxenav.so.0.
"""
from .connection import Connection
from .connector import Connector
from .errors import Gone, Refused
from .input import Input
from .picture import Picture
from .session import Session
from .sound import Sound
from .stream import Stream

__all__ = ['Connection', 'Connector', 'Gone', 'Input', 'Picture', 'Refused', 'Session', 'Sound', 'Stream']
