# SPDX-License-Identifier: MIT
"""The saved states that everything starts from, and how to make them.

base   dom0 is up, Xen's tools run, no guest, nothing of ours.
guest  xenavd runs in dom0, the test guest runs, every device is connected.
newer  the same with a guest on another kernel, see kernels.py.
newest as well.
"""

import hashlib
import os
import shutil
import subprocess
import time

from . import cache as store
from . import images, kernels, packages, programs, qemu
from .errors import Failure, LabError, Skip
from .machine import Machine

HERE = os.path.dirname(os.path.abspath(__file__))
CPUS = 1
RECIPE = ["qemu.py", "states.py", "machine.py"]

INSTALL = """
mkdir -p /opt/xt && cp -r /stage/bin /stage/lib /stage/guest.cfg /stage/xt.sh /opt/xt/
"""
GUEST_UP = INSTALL + """
. /opt/xt/xt.sh
echo "$XT_KERNEL" > $run/kernel
start_xenavd && create_guest
"""


class State:
    """Where the RAM and the devices of a saved machine are."""

    def __init__(self, folder, memory=None, save_again=False):
        self.folder = folder
        self.memory = memory or os.path.join(folder, "ram")
        self.device = os.path.join(folder, "device")
        self.save_again = save_again


def shares(share, stage):
    """The folders that dom0 can mount: the case's own, and the built programs."""
    return {"share": (share, False), "stage": (stage, True)}


def launch(images_folder, stage, state, share, log):
    """A machine from a saved state, not yet connected."""
    return Machine(qemu.Qemu(images_folder, state.memory, CPUS, shares(share, stage), log, state),
                   share)


def _key(*parts):
    digest = hashlib.sha256("\n".join(parts).encode())
    for name in RECIPE:
        with open(os.path.join(HERE, name), "rb") as f:
            digest.update(f.read())
    return digest.hexdigest()[:16]


def _tail(path, count=25):
    try:
        with open(path, errors="replace") as f:
            return "".join(f.readlines()[-count:])
    except OSError as e:
        return str(e)


class Lab:
    """Everything that must exist before the first case: made at need, kept in the cache."""

    def __init__(self, build, say):
        self.cache = store.folder()
        self.build = build
        self.say = say
        self.images = self.stage = None
        self.states = {"host": None}  # by the start of the cases
        self._base_key = self._stage_key = None

    def prepare_base(self):
        """Images and base state: all that does not need our programs."""
        qemu_version = qemu.version()
        closure = self._closure()
        self.images = store.entry(
            self.cache, "images", images.key(closure),
            lambda target: images.build(self.cache, closure, target, self.say),
            good=images.intact)
        packages.forget_others(self.cache, closure)
        self._base_key = _key(os.path.basename(self.images), qemu_version, str(CPUS))
        self.states["base"] = State(store.entry(self.cache, "base", self._base_key, self._boot))
        return self

    def _closure(self):
        try:
            wanted = packages.closure(self.cache, self.say)
        except Skip as e:
            old = images.last_packages(self.cache)
            if not old:
                raise
            self.say("%s; going on with the packages of the last time" % e)
            return old
        try:
            packages.fetch(self.cache, [p for p in wanted if packages.is_extra(p)])
        except (Skip, LabError) as e:
            self.say("going on without the kernels of other suites: %s" % e)
            wanted = [p for p in wanted if not packages.is_extra(p)]
        return wanted

    def prepare_stage(self):
        """The folder with our programs, as dom0 will see it."""
        self.stage, self._stage_key = programs.stage(self.cache, self.build, self.images)
        return self

    def prepare_guest(self, start="guest"):
        """The state with the guest, of exactly these programs."""
        release = images.releases(self.images).get(start)
        if release is None:
            raise Skip("apt has no such kernel for guests here: " + kernels.WHERE[start])
        key = _key(self._base_key, self._stage_key)
        self.states[start] = State(store.entry(
            self.cache, start, key, lambda target: self._start_guest(target, start, release)))
        return self

    def _boot(self, target):
        self.say("booting Xen and dom0 once, without KVM")
        start = time.monotonic()
        memory, log = os.path.join(target, "ram"), os.path.join(target, "console.log")
        share = os.path.join(target, "share")
        os.makedirs(share)
        machine = qemu.Qemu(self.images, memory, CPUS, shares(share, self.images), log)
        try:
            if not machine.console.wait("XT-READY", 180) or machine.console.having("XT-FAIL"):
                raise LabError("dom0 does not come up:\n" + _tail(log))
            time.sleep(1)  # let the kernels finish what they do after the last line
            machine.save(os.path.join(target, "device"))
        finally:
            machine.kill()
        self.say("dom0 was ready after %.0f s, its state is saved" % (time.monotonic() - start))

    def _start_guest(self, target, kind, release):
        self.say("starting xenavd in dom0 and a guest with a sound card and two screens, on Linux " +
                 release)
        start = time.monotonic()
        memory, log = os.path.join(target, "ram"), os.path.join(target, "console.log")
        share = os.path.join(target, "share")
        os.makedirs(share)
        base = self.states["base"]
        subprocess.run(["cp", "--sparse=always", base.memory, memory], check=True)
        state = State(base.folder, memory, save_again=True)
        machine = launch(self.images, self.stage, state, share, log)
        try:
            self._bring_up(machine, kernels.suffix(kind))
            machine.disconnect()
            time.sleep(0.5)
            machine.qemu.save(os.path.join(target, "device"))
        finally:
            machine.qemu.kill()
        shutil.rmtree(share)
        self.say("the guest was connected after %.0f s, the state is saved" % (
            time.monotonic() - start))

    @staticmethod
    def _bring_up(machine, kernel):
        machine.connect()
        try:
            machine.ok("XT_KERNEL=%s\n" % kernel + GUEST_UP, 150)
            machine.guest_ok("ls /dev/snd/pcmC0D0p /dev/dri/card0 && sleep 1", 60)
        except Failure as e:
            logs = machine.dom0("tail -n 30 /run/xt/xenavd.log /var/log/xen/*").out
            raise LabError("the guest does not come up: %s\n%s" % (e, logs))

    def start(self, state, share, log):
        """A connected machine from a saved state; the caller ends it with machine.qemu.kill()."""
        machine = launch(self.images, self.stage, state, share, log)
        try:
            machine.connect()
        except BaseException:
            machine.qemu.kill()
            raise
        return machine
