# SPDX-License-Identifier: MIT
"""xenav-vnc in dom0, and a client on this host: what it sees of a real guest."""

import os
import socket
import sys

from lab import pattern, serve
from lab.case import case, equal, expect

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "vnc"))
import rfb  # noqa: E402

SIZE = 1024, 768
FLIPS = 12


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start(bench):
    """The port of localhost at which xenav-vnc is reached."""
    bench.dom0(serve.START, 40)
    port = free_port()
    bench.machine.qemu.forward(port, serve.PORT)
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
        expect(row == pattern.row("xr24", 0, FLIPS, SIZE[0], y), "row %d is not that of frame %d" % (y, FLIPS))


@case("a VNC client of this host sees the guest's frame pixel by pixel, only what changes, and a still "
      "screen sends nothing", start="desktop", limit=200)
def picture(bench):
    port = start(bench)
    job = bench.machine.guest_start("xt-flip -c 0:%dx%d -n %d -r 5 -H 60" % (*SIZE, FLIPS), 120)
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
    job.ok(120)
    stop(bench)
