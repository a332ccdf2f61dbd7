#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""watch-all.py [SOCKET]: print a line whenever a guest's screen shows another picture, with asyncio."""
import asyncio
import sys

import xenav


async def watch(screen):
    last = None
    try:
        while True:
            last = await screen.wait_for(lambda picture: picture != last, timeout=None)
            print('%s: %r' % (screen, last), flush=True)
    except xenav.Gone:
        print('%s: gone' % screen, flush=True)


async def main(socket=None):
    async with xenav.Connection(socket, timeout=None) as x:
        watched = {}
        while True:
            await x.until(lambda: [thing for thing in x.objects if thing not in watched])
            for thing in x.objects:
                if thing not in watched:
                    is_screen = isinstance(thing, xenav.Connector)
                    watched[thing] = asyncio.create_task(watch(thing)) if is_screen else None


if __name__ == '__main__':
    try:
        asyncio.run(main(*sys.argv[1:]))
    except KeyboardInterrupt:
        pass
