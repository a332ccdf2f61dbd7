# SPDX-License-Identifier: MIT
"""See, hear and use guests of Xen from the shell."""
import argparse
import asyncio
import json
import sys

from . import Connection, Connector, Gone, Picture, Refused, Sound, Stream
from .keys import chord, strokes

EX_DONE, EX_FAILED, EX_USAGE, EX_DATAERR, EX_UNAVAILABLE, EX_NOPERM = 0, 1, 64, 65, 69, 77


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(EX_USAGE, 'xenav: %s\n' % message)


def pixel(text):
    try:
        x, y = map(int, text.split(','))
    except ValueError:
        raise argparse.ArgumentTypeError('%r is not X,Y' % text) from None
    return x, y


# -------- commands --------

def describe(thing):
    fields = {'kind': thing.kind, 'domid': thing.domid, 'domain': thing.domain, 'device': thing.devid,
              'unique_id': thing.unique_id}
    if isinstance(thing, Connector):
        fields['size'] = '%dx%d' % (thing.width, thing.height)
    elif isinstance(thing, Stream):
        fields['direction'] = thing.direction
    else:
        parts = [('keyboard', thing.has_keyboard), ('pointer', thing.has_pointer), ('touch', thing.has_touch)]
        fields['has'] = ','.join(name for name, there in parts if there)
    return fields


async def list_objects(x, o):
    for thing in x.objects:
        if thing.selected(o.domain, o.unique_id):
            fields = describe(thing)
            print(json.dumps(fields) if o.json else ' '.join('%s=%s' % pair for pair in fields.items()))


async def screenshot(x, o):
    screen = await x.connector(o.domain, o.unique_id)
    (await screen.screenshot(o.drive)).save(o.file)


async def wait_for(x, o):
    wanted = Picture.load(o.file)
    screen = await x.connector(o.domain, o.unique_id)
    await screen.wait_for(wanted, o.at, o.different)


async def record(x, o):
    stream = await x.playback(o.domain, o.unique_id)
    sound = await stream.record(o.seconds)
    sound.save(o.file)
    print(sound)


async def feed(x, o):
    sound = Sound.load(o.file)
    stream = await x.capture(o.domain, o.unique_id)
    await stream.feed(sound)


async def type_text(x, o):
    strokes(o.text)
    await (await x.input(o.domain, o.unique_id)).type(o.text)


async def key(x, o):
    for text in o.chords:
        chord(text)
    await (await x.input(o.domain, o.unique_id)).key(*o.chords)


async def click(x, o):
    await (await x.input(o.domain, o.unique_id)).click(*o.position, button=o.button, double=o.double)


# -------- the command line --------

def add_commands(parser):
    commands = parser.add_subparsers(dest='command', required=True, metavar='COMMAND')

    def add(name, run, text):
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        return command

    add('list', list_objects, 'print streams, connectors and input devices').add_argument(
        '--json', action='store_true', help='one JSON object a line')
    command = add('screenshot', screenshot, "write a connector's picture to a PNG file")
    command.add_argument('file')
    command.add_argument('--drive', action='store_true', help='let the guest wait, so that the picture is whole')
    command = add('wait', wait_for, 'wait until a connector shows the picture of a PNG file')
    command.add_argument('file')
    command.add_argument('--at', type=pixel, metavar='X,Y', help='where the picture is on the screen (0,0)')
    command.add_argument('--different', type=int, default=0, metavar='N', help='pixels that may differ (0)')
    command = add('record', record, 'write what a guest plays to a WAV file')
    command.add_argument('file')
    command.add_argument('--seconds', type=float, help='end after so many, not when the stream is closed')
    add('feed', feed, 'let a guest record a WAV file').add_argument('file')
    add('type', type_text, 'type a text on an American keyboard').add_argument('text')
    add('key', key, 'press keys together, such as ctrl+alt+f2').add_argument('chords', nargs='+')
    command = add('click', click, "click on a pixel of the guest's screen")
    command.add_argument('position', type=pixel, metavar='X,Y')
    command.add_argument('--button', choices=['left', 'middle', 'right'], default='left')
    command.add_argument('--double', action='store_true')


def parse(arguments):
    parser = Parser(prog='python3 -m xenav', description=__doc__)
    parser.add_argument('--socket', metavar='PATH', help='socket of xenavd')
    parser.add_argument('--domain', metavar='ID|NAME', help='the guest')
    parser.add_argument('--unique-id', metavar='ID', help='the object with this unique-id')
    parser.add_argument('--timeout', type=float, default=10, metavar='SECONDS',
                        help='how long to wait for anything (10)')
    add_commands(parser)
    return parser.parse_args(arguments)


async def run(o):
    async with Connection(o.socket, 'xenav-python', o.timeout) as x:
        await o.run(x, o)


def complain(error, code):
    print('xenav: %s' % error, file=sys.stderr)
    return code


def code_of(error, o):
    if isinstance(error, TimeoutError):
        return EX_FAILED if o.command == 'wait' else EX_UNAVAILABLE
    if isinstance(error, ValueError):
        return EX_DATAERR
    if isinstance(error, Refused):
        return EX_UNAVAILABLE
    if getattr(error, 'filename', None) is not None:
        return EX_FAILED
    if isinstance(error, PermissionError):
        return EX_NOPERM
    return EX_UNAVAILABLE if isinstance(error, (FileNotFoundError, ConnectionRefusedError)) else EX_FAILED


def main(arguments=None):
    """@return the exit code, see xenav-python(1)."""
    o = parse(arguments)
    try:
        asyncio.run(run(o))
    except (ValueError, Gone, OSError) as error:
        return complain(error, code_of(error, o))
    except KeyboardInterrupt:
        return 130
    return EX_DONE


if __name__ == '__main__':
    sys.exit(main())
