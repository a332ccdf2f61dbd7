# SPDX-License-Identifier: MIT
"""Makes and starts the saved states of the cases.

base      dom0 is up, Xen's tools run, no guest, nothing of ours.
guest     xenavd runs in dom0, the test guest runs, every device is connected.
newer     the same with a guest on another kernel, see kernels.py.
newest    as well.
supplied  as guest, but a PVH guest with one screen of 1920x1080 and be-alloc, which xenavd allows;
          paused.
"""

import hashlib
import os
import shutil
import subprocess
import threading
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
echo "%s" > $run/kernel
%s
start_xenavd && create_guest $run/g.cfg && holdings > $run/held-idle
"""
PLAIN = "cp /opt/xt/guest.cfg $run/g.cfg"
SUPPLIED = """
make_configuration && printf '[guest *]\nbe-alloc = yes\n' >> $run/xenavd.conf
sed 's/be-alloc=0/be-alloc=1/; s/id0:800x600;id1:640x480/id0:1920x1080/; s/memory = 160/memory = 192/
	s/"pv"/"pvh"/' /opt/xt/guest.cfg > $run/g.cfg
"""
# {start: (kernel of the guest, script that makes its configuration, last command)}
GUESTS = {start: (start, PLAIN, "true") for start in kernels.STARTS}
# QEMU cannot load the state of a processor that was in a PVH guest when it was saved.
GUESTS["supplied"] = ("guest", SUPPLIED, "xl pause g1")


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


def launch(images_folder, stage, state, share, log=None):
    """A connected machine from a saved state; the caller ends it with machine.qemu.kill()."""
    machine = Machine(qemu.Qemu(images_folder, state.memory, CPUS, shares(share, stage),
                                log or os.path.join(share, "console.log"), state), share)
    try:
        machine.connect()
    except BaseException:
        machine.qemu.kill()
        raise
    return machine


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
    """The images and states that cases need: made when asked for, kept in the cache."""

    def __init__(self, build, say):
        self.cache = store.folder()
        self.build = build
        self.say = say
        self.images = self.stage = None
        self._states = {"host": None}  # by the start of the cases; why not, if it cannot be made
        self._locks = {start: threading.Lock() for start in ["host", "base", *GUESTS]}
        self._base_key = self._stage_key = None

    def state(self, start):
        """The saved state, made if it does not exist. Several threads may ask."""
        if start not in ("host", "base"):
            self.state("base")
        with self._locks[start]:
            if start not in self._states:
                try:
                    self._states[start] = self._prepare(start)
                except Skip as e:
                    self._states[start] = e
                except LabError as e:
                    for line in str(e).splitlines():
                        self.say(line)
                    self._states[start] = LabError("its saved state cannot be made, see above")
            if isinstance(self._states[start], Exception):
                raise self._states[start]
            return self._states[start]

    def _prepare(self, start):
        if start != "base":
            return self._prepare_guest(start)
        state = self.prepare_base()
        self.stage, self._stage_key = programs.stage(self.cache, self.build, self.images)
        return state

    def prepare_base(self):
        """Images and base state, which need none of our programs."""
        qemu_version = qemu.version()
        closure = self._closure()
        self.images = store.entry(
            self.cache, "images", images.key(closure),
            lambda target: images.build(self.cache, closure, target, self.say),
            good=images.intact)
        packages.forget_others(self.cache, closure)
        self._base_key = _key(os.path.basename(self.images), qemu_version, str(CPUS))
        return State(store.entry(self.cache, "base", self._base_key, self._boot))

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

    def _prepare_guest(self, start):
        """Makes the state with the guest, of exactly these programs."""
        kernel, configuration, last = GUESTS[start]
        release = images.releases(self.images).get(kernel)
        if release is None:
            raise Skip("apt has no such kernel for guests here: " + kernels.WHERE[kernel])
        key = _key(self._base_key, self._stage_key)
        script = GUEST_UP % (kernels.suffix(kernel), configuration)
        return State(store.entry(self.cache, start, key, lambda target: self._start_guest(
            target, start, release, (script, last))))

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

    def _start_guest(self, target, start, release, scripts):
        self.say("starting xenavd in dom0 and a guest with its devices on Linux %s: %s" % (
            release, start))
        begun = time.monotonic()
        memory, log = os.path.join(target, "ram"), os.path.join(target, "console.log")
        share = os.path.join(target, "share")
        os.makedirs(share)
        base = self.state("base")
        subprocess.run(["cp", "--sparse=always", base.memory, memory], check=True)
        state = State(base.folder, memory, save_again=True)
        machine = launch(self.images, self.stage, state, share, log)
        try:
            self._bring_up(machine, *scripts)
            machine.disconnect()
            time.sleep(0.5)
            machine.qemu.save(os.path.join(target, "device"))
        finally:
            machine.qemu.kill()
        shutil.rmtree(share)
        self.say("%s: connected after %.0f s, the state is saved" % (
            start, time.monotonic() - begun))

    @staticmethod
    def _bring_up(machine, script, last):
        try:
            machine.ok(script, 150)
            machine.guest_ok("ls /dev/snd/pcmC0D0p /dev/dri/card0 && sleep 1", 60)
            machine.ok(last)
        except Failure as e:
            logs = machine.dom0("tail -n 30 /run/xt/xenavd.log /var/log/xen/*").out
            raise LabError("the guest does not come up: %s\n%s" % (e, logs))
