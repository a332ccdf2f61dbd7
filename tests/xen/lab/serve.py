# SPDX-License-Identifier: MIT
"""Serves the screen and the sound of a guest with a desktop to VNC clients of this host."""

import time

from . import tune, vnclisten
from .errors import Failure

# the address that QEMU's network expects dom0 to have
DOM0 = "10.0.2.15"
PORT, WEB_PORT = 5900, 6080
START = """
. /opt/xt/xt.sh
[ -x /opt/xt/bin/xenav-vnc ] || { echo "xenav-vnc is not built: is libvncserver-dev there?"; exit 1; }
ip link set lo up && ip link set eth0 up || exit 1
ip addr show dev eth0 | grep -q 'inet %s/' || ip addr add %s/24 dev eth0 || exit 1
web=
! xenav-vnc --help | grep -q -e --web= || web="--web=%s:%d --web-page=/stage/web"
setsid xenav-vnc --domain=g1 --listen=%s:%d $web --no-password > $run/vnc.log 2>&1 < /dev/null &
echo $! > $run/vnc.pid
listens() {
	netstat -ltn | grep -q '%s:%d '
}
await 150 listens || { cat $run/vnc.log; exit 1; }
[ -z "$web" ] || echo web
""" % (DOM0, DOM0, DOM0, WEB_PORT, DOM0, PORT, DOM0, PORT)
DESKTOP = ". desktop.sh && desktop_up && weston_up || { tail -n 20 /tmp/*.log; exit 1; }"
TYPE = ". /opt/xt/xt.sh; xenav-type --quiet --domain=g1 --wait=30 --delay=40 %s"
PLAY = "aplay -q -D hw:0,0 -B 2000000 /data/tune.wav"
# the last line waits for somebody who presses Enter
TYPED = ["'echo Hello from dom0' --key=enter", "'aplay -q /data/tune.wav'"]
UNTIL_END = ". /opt/xt/xt.sh; until ended $(cat $run/vnc.pid); do sleep 1; done; tail $run/vnc.log"


def check_sound(machine, port, say):
    """A client of ours hears a tune of the guest, sample by sample."""
    data = tune.samples().tobytes()
    vnclisten.await_claims(machine)
    client = vnclisten.connect(port)
    vnclisten.check(data, lambda: vnclisten.hear(client, machine.guest_start(PLAY, 60))[0])
    client.close()
    say("a VNC client of this host has heard all %d samples of a tune of the guest, in order" % (
        len(data) // 2))


def vnc(machine, port, say):
    """Serves until Ctrl-C, which is KeyboardInterrupt. Raises Failure when something ends."""
    web = "web" in machine.ok(START, 40).split()
    machine.qemu.forward(port, PORT)
    if web:
        machine.qemu.forward(port + WEB_PORT - PORT, WEB_PORT)
    say("dom0# xenav-vnc --domain=g1 --listen=%s:%d" % (DOM0, PORT))
    say("the guest starts weston and a terminal, in emulation")
    machine.guest_ok(DESKTOP, 150)
    for typed in TYPED:
        machine.ok(TYPE % typed, 40)
        say("dom0# xenav-type --domain=g1 " + typed)
    check_sound(machine, port, say)
    say("connect a VNC client, such as virt-viewer, to vnc://localhost:%d" % port)
    if web:
        say("or open http://localhost:%d in a browser" % (port + WEB_PORT - PORT))
    say("press Enter there to hear a tune, type and point; Ctrl-C here ends it")
    ended = machine.start(UNTIL_END)
    while not ended.done():
        time.sleep(0.5)
        if not machine.qemu.alive():
            raise Failure("the emulated machine ended")
    raise Failure("xenav-vnc ended:\n" + ended.output())
