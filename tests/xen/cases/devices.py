# SPDX-License-Identifier: MIT
"""Devices that a case gives to the running guest and takes away again, with stock xl."""

# Linux registers its PV card as card 0 or not at all, so a guest can have only one of them.
CARD = ("'card, backend=Domain-0, buffer-size=524288, short-name=Hot, sample-rates=8000;48000, "
        "sample-formats=u8;s16_le' 'pcm, name=Hot' 'stream, unique-id=%s, type=P'")
RICH_CARD = ("'card, backend=Domain-0, buffer-size=524288, short-name=Rich, channels-max=6, "
             "sample-rates=8000;16000;48000, sample-formats=u8;s16_le;s24_le;s32_le' "
             "'pcm, name=Rich' 'stream, unique-id=play0, type=P' 'stream, unique-id=cap0, type=C'")
# the display of attach_display() in the guest
SECOND = "/dev/dri/card1"


def settled(kind, devid):
    return "await 300 sh -c '. /opt/xt/xt.sh; [ \"$(state %s 1 %d)\" = \"4 4\" ]'" % (kind, devid)


def released(bench, device):
    """Waits until the guest has released the device. Before that, the frontend directory of a new
    device with this number would get the last state of the old one."""
    # the bus forgets a device before its driver has written its last state, the kernel afterwards
    bench.await_guest("[ ! -e /sys/devices/%s ]" % device)


def attach_display(bench, connectors, be_alloc=0):
    """Attaches a second display, and returns when the guest is connected to it."""
    bench.dom0("xl vdispl-attach g1 backend=Domain-0 be-alloc=%d 'connectors=%s' && %s" % (
        be_alloc, connectors, settled("vdispl", 1)), 50)


def detach_display(bench):
    bench.dom0("xl vdispl-detach g1 1", 40)
    released(bench, "vdispl-1")


def attach_card(bench, card):
    bench.dom0("xl vsnd-attach g1 %s && %s" % (card, settled("vsnd", 0)), 60)


def detach_card(bench):
    bench.dom0("xl vsnd-detach g1 0", 40)
    released(bench, "vsnd-0")
