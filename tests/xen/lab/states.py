# SPDX-License-Identifier: MIT
"""Makes and starts the saved states of the cases.

base      dom0 is up, Xen's tools run, no guest, nothing of ours.
guest     xenavd runs in dom0, the test guest runs, every device is connected.
newer     the same with a guest on another kernel, see kernels.py.
newest    as well.
supplied  as guest, but a PVH guest with one screen of 1920x1080 and be-alloc, which xenavd allows;
          paused.
wide      as base, on a machine with more RAM and a network card; see desktop.py.
desktop   as guest, from wide: a guest with the programs of desktops and one screen of 1024x768.
sound     as base, on a machine with a sound card; see soundcard.py.
sounding  as guest, from sound.
systemd   dom0 has systemd and a disk, no guest, nothing of ours; see service.py.
service   as guest, from systemd: our packages are installed, and xenavd is a service.
"""

import hashlib
import os
import shutil
import subprocess
import threading
import time
from collections import namedtuple

from . import cache as store
from . import desktop, evidence, images, kernels, packages, programs, qemu, service
from .errors import Failure, LabError, Skip
from .machine import Machine

HERE = os.path.dirname(os.path.abspath(__file__))
RECIPE = ["qemu.py", "states.py", "machine.py"]
# the folders of the cache that belong to a base: {base: (kind of QEMU's machine, images, programs)}
BASES = {"base": ("plain", "images", "stage"),
         "wide": ("wide", "desktopimages", "desktopstage"),
         "sound": ("sound", "images", "soundstage"),
         "systemd": ("service", "serviceimages", "servicestage")}
# what makes images from the plain ones
MORE = {"wide": desktop, "systemd": service}

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
DESKTOP = """
sed 's/id0:800x600;id1:640x480/id0:1024x768/; s/memory = 160/memory = 448/' /opt/xt/guest.cfg \
	> $run/g.cfg
"""
SERVICE = "sed 's,/tmp/boot,/var/lib/xt,' /opt/xt/guest.cfg > $run/g.cfg"
# the kernel of the guest, the script that makes its configuration, and the last command
Guest = namedtuple("Guest", "base kernel configuration last", defaults=("true",))
GUESTS = {start: Guest("base", start, PLAIN) for start in kernels.STARTS}
# QEMU cannot load the state of a processor that was in a PVH guest when it was saved.
GUESTS["supplied"] = Guest("base", "guest", SUPPLIED, "xl pause g1")
GUESTS["desktop"] = Guest("wide", "guest", DESKTOP)
GUESTS["sounding"] = Guest("sound", "guest", PLAIN)
GUESTS["service"] = Guest("systemd", "guest", SERVICE)


class Base:
    """What the states of guests are made from: a kind of machine, its images and programs."""

    def __init__(self, machine, images_folder):
        self.machine = machine
        self.images = images_folder
        self.key = self.stage = self.stage_key = None


class State:
    """Where the RAM and the devices of a saved machine are, and what it was made of."""

    def __init__(self, machine, images_folder, stage, folder, memory=None, save_again=False):
        self.machine = machine
        self.images = images_folder
        self.stage = stage
        self.folder = folder
        self.memory = memory or os.path.join(folder, "ram")
        self.device = os.path.join(folder, "device")
        self.disk = os.path.join(folder, "disk")
        self.save_again = save_again

    def words(self):
        """The arguments of State() that another process needs."""
        return [self.machine, self.images, self.stage, self.folder]


def shares(share, stage):
    """The folders that dom0 can mount: the case's own, and the built programs."""
    return {"share": (share, False), "stage": (stage, True)}


def _copy(source, target):
    subprocess.run(["cp", "--sparse=always", source, target], check=True)


def launch(state, share, log=None):
    """A connected machine from a saved state; the caller ends it with machine.qemu.kill(). Its disk
    is a copy, which is gone with it."""
    disk = None
    if os.path.exists(state.disk):
        disk = os.path.join(os.path.dirname(state.memory) if state.save_again else share, "disk")
        _copy(state.disk, disk)
    machine = Machine(qemu.Qemu(state.machine, state.images, state.memory, shares(
        share, state.stage), log or os.path.join(share, "console.log"), state, disk), share)
    if disk and not state.save_again:
        os.unlink(disk)
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
        self._images = {}
        self._bases = {}
        self._states = {"host": None}  # by the start of the cases; why not, if it cannot be made
        self._locks = {start: threading.Lock() for start in ["host", "images", *BASES, *GUESTS]}

    def state(self, start):
        """The saved state, made if it does not exist. Several threads may ask."""
        if start in GUESTS:
            self.state(GUESTS[start].base)
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
        if start in GUESTS:
            return self._prepare_guest(start)
        folder = self.prepare_base(start)
        base = self._bases[start]
        base.stage, base.stage_key = programs.stage(self.cache, self.build, base.images,
                                                    BASES[start][2])
        return State(base.machine, base.images, base.stage, folder)

    def prepare_base(self, start="base"):
        """Images and base state, which need none of our programs. Returns the state's folder."""
        qemu_version = qemu.version()
        with self._locks["images"]:
            base = Base(BASES[start][0], self._make_images(start))
        base.key = _key(os.path.basename(base.images), qemu_version)
        self._bases[start] = base
        return store.entry(self.cache, start, base.key, lambda target: self._boot(target, base))

    def _make_images(self, start):
        """The folder of these images, made if it does not exist. The caller has the lock."""
        if start not in self._images:
            kind = BASES[start][1]
            self._images[start] = (self._more_images(kind, MORE[start]) if start in MORE else
                                   self._plain_images(kind))
        return self._images[start]

    def _plain_images(self, kind):
        closure = self._closure()
        folder = store.entry(
            self.cache, kind, images.key(closure),
            lambda target: images.build(self.cache, closure, target, self.say), good=images.intact)
        packages.forget_others(self.cache, closure)
        return folder

    def _more_images(self, kind, maker):
        plain = self._make_images("base")
        closure = self._asked_or_last(lambda: maker.closure(self.cache), maker.last_packages)
        folder = store.entry(
            self.cache, kind, maker.key(plain, closure),
            lambda target: maker.build(self.cache, plain, closure, target, self.say),
            good=images.intact)
        packages.forget_others(self.cache, closure, maker.DEBS)
        return folder

    def _asked_or_last(self, ask, last):
        """The packages that apt names, or those of the last time."""
        try:
            return ask()
        except Skip as e:
            old = last(self.cache)
            if not old:
                raise
            self.say("%s; going on with the packages of the last time" % e)
            return old

    def _closure(self):
        wanted = self._asked_or_last(lambda: packages.closure(self.cache, self.say),
                                     images.last_packages)
        try:
            packages.fetch(self.cache, [p for p in wanted if packages.is_extra(p)])
        except (Skip, LabError) as e:
            self.say("going on without the kernels of other suites: %s" % e)
            wanted = [p for p in wanted if not packages.is_extra(p)]
        return wanted

    def _prepare_guest(self, start):
        """Makes the state with the guest, of exactly these programs."""
        guest = GUESTS[start]
        base = self._bases[guest.base]
        release = images.releases(base.images).get(guest.kernel)
        if release is None:
            raise Skip("apt has no such kernel for guests here: " + kernels.WHERE[guest.kernel])
        script = GUEST_UP % (kernels.suffix(guest.kernel), guest.configuration)
        folder = store.entry(self.cache, start, _key(base.key, base.stage_key),
                             lambda target: self._start_guest(target, start, release,
                                                              (script, guest.last)))
        return State(base.machine, base.images, base.stage, folder)

    def _boot(self, target, base):
        self.say("booting Xen and dom0 once, without KVM (%s machine)" % base.machine)
        start = time.monotonic()
        memory, log = os.path.join(target, "ram"), os.path.join(target, "console.log")
        share = os.path.join(target, "share")
        os.makedirs(share)
        disk = None
        if os.path.exists(os.path.join(base.images, "disk")):
            disk = os.path.join(target, "disk")
            _copy(os.path.join(base.images, "disk"), disk)
        machine = qemu.Qemu(base.machine, base.images, memory, shares(share, base.images), log,
                            disk=disk)
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
        base = self.state(GUESTS[start].base)
        _copy(base.memory, memory)
        machine = launch(State(*base.words(), memory=memory, save_again=True), share, log)
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
            raise LabError("the guest does not come up: %s\n%s" % (e, evidence.of_start(machine)))
