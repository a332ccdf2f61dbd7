# SPDX-License-Identifier: MIT
"""The guest takes its drivers away and brings them back."""

import re

from lab import after
from lab.case import FLIPPING, case, expect
from lab.errors import Failure

# Linux refuses rmmod while a device is bound, so rmmod comes after unbind.
UNBIND = "echo %s-0 > /sys/bus/xen/drivers/%s/unbind"
BIND = "echo %s-0 > /sys/bus/xen/drivers/%s/bind"
# from our state 5 on flips are refused, which the frontend reports
TOLERATED = r"\*ERROR\* Failed to send page flip request to backend: -19"
OWN_CRASH = r"xen_drm_drv_fini|xen_drm_drv_free_object|dbuf_free"
# Linux 7.3 may take the 1 that an unbound display driver writes before its 6 for the toolstack's, and
# forgets the device before xenavd has seen the 6; see README.
FORGOTTEN = r"vdispl-0: xenbus: state reset occurred .*local state 6"
LOAD = "insmod /mod/snd_xen_front.ko & insmod /mod/drm_xen_front.ko && wait"


@case("rmmod of both frontends works once they are unbound, and modprobe brings all back, "
      "three times", limit=180, newer=True)
def idle(bench):
    bench.guest("! rmmod snd_xen_front && ! rmmod drm_xen_front")
    for _ in range(3):
        bench.guest("%s && %s && rmmod snd_xen_front && rmmod drm_xen_front && "
                    "[ ! -e /dev/dri/card0 ] && [ ! -e /dev/snd/controlC0 ]" % (
                        UNBIND % ("vsnd", "vsnd"), UNBIND % ("vdispl", "vdispl")))
        bench.guest(LOAD)
        try:
            bench.dom0("all_connected g1", 70)
        except Failure:
            if not re.search(FORGOTTEN, bench.guest("dmesg")):
                raise
            bench.replace_guest()
            return
        bench.check_guest()


@case("the sound driver is unbound while a program plays: every answer comes", limit=110)
def sound_in_use(bench):
    bench.guest("xt-pcm make s16 2 48000 20 1 > /tmp/a.wav")
    job = bench.machine.guest_start("aplay -q -D hw:0,0 /tmp/a.wav", 60)
    bench.dom0("await 300 grep -q 'triggered: 0' $run/xenavd.log && sleep 1", 40)
    bench.guest(UNBIND % ("vsnd", "vsnd"), 40)
    expect("No such device" in job.wait(40).out, "aplay did not lose its card")
    log = [line.partition(": ")[2] for line in bench.dom0(
        "grep '^vsnd 1/0' $run/xenavd.log").splitlines()]
    offered = len(log) - 1 - log[::-1].index("Writing state 2")
    expect("Stream 0/0 closed" in log[offered:] and "Disconnected" in log[offered:],
           "the stream was not closed by the guest after our 2:\n" + "\n".join(log))
    bench.replace_guest()


def only_known_crash(dmesg):
    """The frontend's list of buffers has no lock, and both unbind and an ending program take it
    apart: only a crash in there is the frontend's own."""
    lines = dmesg.splitlines()
    wrong = after.trouble(dmesg, TOLERATED)
    expect(not wrong or any(re.search(OWN_CRASH, line) for line in lines),
           "in the guest's kernel log:\n" + "\n".join(wrong))
    late = [line for line in lines if re.search(r"evtchnl_interrupt|timed-out|: -110", line)]
    expect(not late, "a flip was answered late, or after its ring was gone:\n" + "\n".join(late))


@case("the display driver is unbound while a program flips: no flip is left unanswered, the screens "
      "are offered again, and another guest's screens work", limit=110, newer=True)
def display_in_use(bench):
    job = bench.machine.guest_start("xt-flip -c 0 -c 1 -n 100000", 60)
    bench.await_guest(FLIPPING)
    bench.guest("sleep 1")
    bench.machine.guest(UNBIND % ("vdispl", "vdispl"), 40)
    # xt-flip gets "No such device" from its next flip, or SIGBUS from a picture that is gone
    expect(job.wait(40).rc != 0, "xt-flip did not lose its screen")
    only_known_crash(bench.guest("dmesg"))
    log = bench.dom0("""
    let_go() { sed -n '/^vdispl 1.0: Writing state 5/,$p' $run/xenavd.log | grep -q '^vdispl 1/0: Disc'; }
    await 100 let_go
    grep '^vdispl 1/0' $run/xenavd.log""")
    expect("Disconnected" in log.rpartition("Writing state 5")[2],
           "xenavd did not let go of the device:\n" + log)
    bench.replace_guest()
