# SPDX-License-Identifier: MIT
"""A VNC client of this host that listens to a guest (-259), and what it should have heard."""

import os
import sys

from .errors import Failure

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "vnc"))
import rfb  # noqa: E402

RATE_HZ = 48000
# In emulation claims take long, and then xenavd lets the same user's next ones wait for a while.
CLAIMED = """. /opt/xt/xt.sh
claimed() {
    status > /tmp/status && grep -q '^input .* feeders=1 ' /tmp/status &&
    grep -q '^stream .* direction=playback driven=1 ' /tmp/status
}
await 200 claimed"""
TRIES = 3


def await_claims(machine):
    """Until xenav-vnc has what it serves."""
    machine.ok(CLAIMED, 40)


def connect(port):
    """A client that gets the samples of the guest."""
    client = rfb.Client(("127.0.0.1", port), encodings=rfb.USUAL + (rfb.QEMU_AUDIO,), timeout=60)
    client.audio_format(rfb.S16, 2, RATE_HZ)
    client.audio_enable()
    client.run_for(1)
    return client


def hear(client, job):
    """The bytes that come while a script of the guest plays, and what the script said."""
    client.audio = bytearray()
    while not job.done():
        client.run_for(0.5)
    said = job.ok(1)
    client.run_for(1)
    return bytes(client.audio), said


def _fault(heard, tune):
    begin = heard.find(tune[:400])
    if begin < 0:
        return "the tune does not begin among %d bytes" % len(heard)
    got = heard[begin:begin + len(tune)]
    if got == tune:
        return None
    wrong = next((i for i in range(len(got)) if got[i] != tune[i]), len(got))
    return "the tune of %d bytes is another one from %d on; %d came" % (len(tune), wrong, len(heard))


def check(tune, listen):
    """Insists that all bytes of the tune are heard. A client that is half a second late loses samples,
    and a busy machine makes it late: then the guest plays again."""
    for _ in range(TRIES):
        fault = _fault(listen(), tune)
        if not fault:
            return
    raise Failure(fault)
