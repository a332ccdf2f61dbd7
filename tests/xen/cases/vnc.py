# SPDX-License-Identifier: MIT
"""xenav-vnc in dom0, and clients of this host: what they see, hear and type of a real guest."""

import array
import os
import socket
import sys
import time

from lab import pattern, serve, vnclisten
from lab.case import case, equal, expect

from .input import EV_KEY, Reader
from .sound import check_pace

for name in "vnc", "web":
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", name))
import chromium  # noqa: E402
import rfb  # noqa: E402

SIZE = 1024, 768
FLIPS = 12
RATE = 48000
TUNE_S = 3
# XT numbers of a keyboard's main field, with those behind 0xe0: what Linux calls these keys
EXTENDED = {0x9c: 96, 0x9d: 97, 0xb5: 98, 0xb8: 100, 0xc7: 102, 0xc8: 103, 0xc9: 104, 0xcb: 105,
            0xcd: 106, 0xcf: 107, 0xd0: 108, 0xd1: 109, 0xd2: 110, 0xd3: 111, 0xdb: 125, 0xdc: 126,
            0xdd: 127}
KEYS = {**{code: code for code in range(1, 84)}, 86: 86, 87: 87, 88: 88, **EXTENDED}
QNUM_F24 = 0x6f
SHIFT = 42  # for both
KEY_A, KEY_SPACE = 30, 57
# The long buffer gives all sides a second.
PLAY = """xt-pcm make s16 2 %d %d 1 > /tmp/t.wav &&
aplay -q -D hw:0,0 -B 2000000 /tmp/t.wav; rc=$?; rm /tmp/t.wav; exit $rc""" % (RATE, TUNE_S)
# what the page gives to its jitter buffer: the left channel
TAP = """
window.posted = [];
const post = MessagePort.prototype.postMessage;
MessagePort.prototype.postMessage = function (message, ...rest) {
  if (message instanceof Int16Array)
    for (let i = 0; i < message.length; i += 2) window.posted.push(message[i]);
  return post.call(this, message, ...rest);
};
"""
CONNECTED = """document.readyState === 'complete' &&
document.getElementById('status').textContent === 'Connected' &&
document.querySelector('canvas').width === %d""" % SIZE[0]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start(bench):
    """The port of localhost at which xenav-vnc is reached, when it has all that it serves."""
    bench.dom0(serve.START, 40)
    vnclisten.await_claims(bench.machine)
    port = free_port()
    bench.machine.qemu.forward(port, serve.PORT)
    return port


def start_web(bench):
    """The port of localhost at which its page is reached."""
    words = bench.dom0(serve.START, 40).split()
    expect("web" in words, "xenav-vnc is built without its page")
    vnclisten.await_claims(bench.machine)
    port = free_port()
    bench.machine.qemu.forward(port, serve.WEB_PORT)
    return port


def stop(bench):
    bench.dom0("kill $(cat $run/vnc.pid) && sleep 1")


def rgb_rows(client):
    step = 4 * client.width
    for y in range(client.height):
        line = client.frame[y * step:(y + 1) * step]
        row = bytearray(3 * client.width)
        row[0::3], row[1::3], row[2::3] = line[2::4], line[1::4], line[0::4]
        yield bytes(row)


def check_picture(client):
    equal((client.width, client.height), SIZE, "the size")
    for y, row in enumerate(rgb_rows(client)):
        expect(row == pattern.row("xr24", 0, FLIPS, SIZE[0], y), "row %d is not that of frame %d" % (
            y, FLIPS))


@case("a VNC client of this host sees the guest's frame pixel by pixel, only what changes, and a still "
      "screen sends nothing", start="desktop", limit=200, share="vnc")
def picture(bench):
    port = start(bench)
    job = bench.machine.guest_start("xt-flip -c 0:%dx%d -n %d -r 5 -H 150" % (*SIZE, FLIPS), 170)
    client = rfb.Client(("127.0.0.1", port), timeout=60)
    client.wait_picture()
    while pattern.frame_number(next(rgb_rows(client))) != FLIPS:
        client.wait_picture(True)
    check_picture(client)
    client.wait_picture()
    check_picture(client)
    client.request(True)
    client.run_for(1)
    received = client.received
    client.run_for(3)
    equal(client.received, received, "the bytes of a still screen")
    client.close()
    bench.guest("killall xt-flip")
    job.wait(30)
    stop(bench)


def tune():
    """What PLAY plays, as samples of 16 bits."""
    return array.array("h", pattern.samples("s16", 1, TUNE_S * RATE * 2))


def connect(port, encoding):
    return rfb.Client(("127.0.0.1", port), encodings=rfb.USUAL + (encoding,), timeout=60)


@case("a VNC client hears a tune of the guest, all samples in order (-259)", start="desktop", limit=120,
      share="vnc")
def sound(bench):
    port = start(bench)
    client = vnclisten.connect(port)

    def listen():
        heard, said = vnclisten.hear(client, bench.machine.guest_start(PLAY, 60))
        check_pace(said)
        return heard

    vnclisten.check(tune().tobytes(), listen)
    client.close()
    stop(bench)


@case("keys of a VNC client (-258) arrive in the guest as what they are, and those that it holds come up "
      "when it is gone", start="desktop", limit=120, share="vnc")
def keys(bench):
    port = start(bench)
    client = connect(port, rfb.QEMU_KEYS)
    reader = Reader(bench)
    for qnum in KEYS:
        client.qemu_key(qnum, 0, 1)
        client.qemu_key(qnum, 0, 0)
        client.run_for(0.02)
    client.qemu_key(SHIFT, 0, 1)
    client.run_for(0.5)
    client.close()
    last = connect(port, rfb.QEMU_KEYS)
    last.run_for(1)
    last.qemu_key(QNUM_F24, 0, 1)
    last.qemu_key(QNUM_F24, 0, 0)
    last.run_for(0.5)
    found = reader.report().keys()
    last.close()
    wanted = {code: [1, 0] for code in KEYS.values()}
    wanted[SHIFT] = [1, 0, 1, 0]
    equal(found, wanted, "the keys")
    stop(bench)


def wait_canvas(page):
    """Until the canvas is the last frame. It is drawn in pieces."""
    frame = b"".join(pattern.row("xr24", 0, FLIPS, SIZE[0], y) for y in range(SIZE[1]))
    until = time.monotonic() + 60
    while True:
        width, height, pixels = page.canvas()
        equal((width, height), SIZE, "the size of the canvas")
        rgb = bytearray(3 * width * height)
        rgb[0::3], rgb[1::3], rgb[2::3] = pixels[0::4], pixels[1::4], pixels[2::4]
        if rgb == frame:
            return
        expect(time.monotonic() < until, "the canvas is not frame %d" % FLIPS)
        time.sleep(0.5)


@case("the page of xenav-vnc in a headless Chromium of this host: its canvas is the guest's frame, keys "
      "arrive in the guest, and all samples of a tune reach the page in order", start="desktop",
      limit=200, share="vnc", skip=None if chromium.find() else "there is no chromium")
def browser(bench):
    port = start_web(bench)
    flips = bench.machine.guest_start("xt-flip -c 0:%dx%d -n %d -r 5 -H 150" % (*SIZE, FLIPS), 170)
    with chromium.Chromium("--autoplay-policy=no-user-gesture-required") as page:
        def listen():
            page.run("window.posted = []")
            check_pace(bench.guest(PLAY, 60))
            time.sleep(1)
            return array.array("h", page.run("window.posted")).tobytes()

        page.before_load(TAP)
        page.open("http://localhost:%d/?exact" % port)
        page.wait(CONNECTED, 60)
        wait_canvas(page)
        bench.guest("killall xt-flip")
        flips.wait(30)
        reader = Reader(bench, end=(EV_KEY, KEY_SPACE, 0))
        page.run("document.querySelector('canvas').focus()")
        for code, key in ("KeyA", "a"), ("Space", " "):
            page.key(code, key)
            page.key(code, key, down=False)
        equal(reader.report().keys(), {KEY_A: [1, 0], KEY_SPACE: [1, 0]}, "keys")
        vnclisten.check(tune()[::2].tobytes(), listen)
    stop(bench)
