# SPDX-License-Identifier: MIT
"""Guests reboot, shut down, crash, and are saved and restored, while they play and flip."""

from lab.case import case, expect
from lab.states import INSTALL

from .lifecycle import alone


def comes_back(bench, old):
    """Insists that xl's process for the guest creates it anew, with working devices."""
    bench.dom0("await 600 rebooted %s || { xl list; exit 1; }" % old, 80)
    bench.forget_guest()
    bench.dom0("all_connected g1", 80)
    bench.check_guest()


@case("xl reboot in mid-sound and mid-flip: the guest comes back with its card and screens",
      limit=120, newer=True)
def by_xl(bench):
    old = bench.domid()
    bench.dom0("boot_files")
    bench.make_busy()
    bench.dom0("xl reboot g1")
    comes_back(bench, old)


@case("a reboot from inside, in mid-sound and mid-flip: the guest comes back", limit=120)
def inside(bench):
    old = bench.domid()
    bench.dom0("boot_files")
    bench.make_busy()
    bench.machine.guest_start("reboot -f", 20)
    comes_back(bench, old)


@case("xl shutdown in mid-sound and mid-flip does not wait for us", limit=110)
def shutdown(bench):
    bench.make_busy()
    bench.dom0("xl shutdown -w g1", 60)
    alone(bench)


def crash(bench, on_crash):
    bench.machine.ok(INSTALL)
    bench.dom0("sed 's/on_crash.*/on_crash = \"%s\"/' /opt/xt/guest.cfg > $run/g.cfg && "
               "start_xenavd && create_guest $run/g.cfg && boot_files" % on_crash, 90)
    bench.make_busy()
    bench.machine.guest_start("echo c > /proc/sysrq-trigger", 20)


@case("a guest that panics in mid-sound and mid-flip, on_crash=destroy: nothing is left of it",
      start="base", limit=130)
def panic_destroy(bench):
    crash(bench, "destroy")
    bench.dom0("await 400 only_dom0 || { xl list; exit 1; }", 60)


@case("a guest that panics in mid-sound and mid-flip, on_crash=restart: it comes back",
      start="base", limit=160)
def panic_restart(bench):
    crash(bench, "restart")
    comes_back(bench, "1")


# The stock frontends do not support this. Idle ones mostly connect anew; but they free event channels
# by their old numbers, which may be those of new channels, and open devices are lost.
SAVE_RESTORE = ("xl save g1 /tmp/g1.save > /dev/null 2>&1 && only_dom0 && "
                "xl restore /tmp/g1.save > /dev/null 2>&1 && rm /tmp/g1.save && "
                "await 600 grep -q '^vsnd 2/0: Writing state 2' $run/xenavd.log && "
                "await 600 grep -q '^vdispl 2/0: Writing state 2' $run/xenavd.log")


@case("xl save and xl restore: xl is content, the devices are offered anew, the next guest is "
      "served", limit=150)
def save_restore(bench):
    bench.check_guest()
    bench.dom0(SAVE_RESTORE, 100)
    bench.replace_guest()


@case("xl save and xl restore in mid-sound and mid-flip: the same", limit=150)
def save_restore_busy(bench):
    bench.make_busy()
    bench.dom0(SAVE_RESTORE, 100)
    bench.replace_guest()


@case("kexec of a guest", start="host",
      skip="a PV guest of Linux cannot kexec, and a PVH one does not find Xen again after it; "
           "test-xenbus shows the states of it")
def kexec(bench):
    expect(False, "not to be run")
