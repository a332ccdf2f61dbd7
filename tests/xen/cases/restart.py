# SPDX-License-Identifier: MIT
"""xenavd comes and goes while guests stay."""

from lab.case import FLIPPING, case, equal, expect
from lab.states import INSTALL

STATES = 'echo $(state vsnd 1) $(state vdispl 1)'


def connects_again(bench):
    bench.dom0("start_xenavd && all_connected g1", 90)
    bench.check_guest()


@case("xenavd is stopped and started again, the guest idle: it leaves 2, the frontends wait in 3 "
      "and connect", limit=100)
def stopped_idle(bench):
    bench.dom0("stop_xenavd TERM", 40)
    bench.dom0("await 100 waiting 1 || { %s; exit 1; }" % STATES)
    connects_again(bench)
    # a frontend that waits in 3 is taken as it is: another 2 would tear it down once more
    log = bench.dom0("sed -n '/serves domain/h;//!H;$!d;x;p' $run/xenavd.log")
    expect("Writing state 2" not in log, "the new xenavd offered anew:\n" + log)


@case("xenavd is stopped in mid-sound and mid-flip: xenavd ends, the next one serves the guest",
      limit=110)
def stopped_busy(bench):
    playing, flipping = bench.make_busy()
    bench.dom0("stop_xenavd TERM", 40)
    expect("No such device" in playing.wait(60).out, "aplay did not lose its card")
    flipping.wait(60)
    bench.dom0("start_xenavd")
    bench.replace_guest()


@case("xenavd is stopped and killed in mid-flip: the screens come back each time", limit=130)
def in_flips(bench):
    # a xenavd that is killed leaves one flip unanswered
    bench.tolerate(r"\*ERROR\*.*(flip request|Frame done)")
    for signal in "TERM", "KILL":
        # -H: a program that ends while the driver releases the screen may crash the guest. So the
        # screens that come back have another number.
        job = bench.machine.guest_start("xt-flip -D $(ls /dev/dri/card* | head -n 1) -c 0 -c 1 "
                                        "-n 100000 -r 20 -H 3", 100)
        bench.await_guest(FLIPPING)
        bench.guest("sleep 2")
        bench.dom0("stop_xenavd %s && start_xenavd" % signal, 60)
        expect(job.wait(60).rc != 0, "xt-flip did not lose its screen")
        bench.dom0("all_connected g1", 80)
        bench.check_guest()


@case("xenavd is killed with -9 while the guest is idle: the next one serves it", limit=100)
def killed_idle(bench):
    bench.dom0("stop_xenavd KILL")
    equal(bench.dom0(STATES).strip(), "4 4 4 4", "the states that a killed xenavd leaves")
    connects_again(bench)


@case("xenavd is killed with -9 in mid-sound and mid-flip: the next one serves the guest",
      limit=120)
def killed_busy(bench):
    bench.make_busy()
    bench.dom0("stop_xenavd KILL && start_xenavd", 40)
    bench.replace_guest()


@case("xenavd is started anew between xl create and the loading of the drivers", start="base",
      limit=130)
def before_the_drivers(bench):
    bench.machine.ok(INSTALL)
    bench.dom0("start_xenavd && boot_files && xl create -p /opt/xt/guest.cfg && "
               "stop_xenavd TERM && start_xenavd && xl unpause g1 && all_connected g1", 110)
    bench.check_guest()


@case("xl create without xenavd fails after ten seconds, and with one it works at once",
      start="base", limit=130)
def too_late(bench):
    bench.machine.ok(INSTALL)
    out = bench.dom0("! xl_create 2>&1 && xl list", 60)
    expect("unable to add device" in out, "xl create did not complain:\n" + out)
    expect("g1" not in out.partition("Domain-0")[2], "xl left a guest:\n" + out)
    bench.dom0("rm $run/xl-complaints; start_xenavd && create_guest", 90)
    bench.check_guest()
