# SPDX-License-Identifier: MIT
"""A running dom0: run scripts in it and in its guest, take files out of it."""

import os
import time

from .errors import Failure, LabError

GUEST = "g1"
# Finds the terminal of a guest's console.
FIND_TTY = """
domid=$(xl domid %s) && tty=$(xenstore-read /local/domain/$domid/console/tty) || {
	echo "there is no guest %s"; exit 126; }
"""


class Result:
    def __init__(self, script, rc, out):
        self.script = script
        self.rc = rc
        self.out = out

    def lines(self):
        return self.out.splitlines()


class Job:
    """A script that runs in dom0."""

    def __init__(self, machine, number, script):
        self._machine = machine
        self._path = os.path.join(machine.share, "job", str(number))
        self.script = script

    def done(self):
        return os.path.exists(self._path + ".rc")

    def output(self):
        with open(self._path + ".out", errors="replace") as f:
            return f.read()

    def wait(self, seconds):
        until = time.monotonic() + seconds
        while not self.done():
            if not self._machine.qemu.alive():
                raise LabError("the virtual machine ended during: " + self.script.strip())
            if time.monotonic() > until:
                so_far = self.output() if os.path.exists(self._path + ".out") else ""
                raise Failure("not done after %d s: %s\n%s" % (
                    seconds, self.script.strip(), so_far))
            time.sleep(0.02)
        with open(self._path + ".rc") as f:
            return Result(self.script, int(f.read()), self.output())

    def ok(self, seconds):
        """Waits and insists on exit code 0; returns what it printed."""
        result = self.wait(seconds)
        if result.rc != 0:
            raise Failure("exit code %d from: %s\n%s" % (
                result.rc, self.script.strip(), result.out))
        return result.out


class Machine:
    """share is the host's folder that dom0 sees as /share."""

    def __init__(self, qemu, share):
        self.qemu = qemu
        self.share = share
        self._jobs = 0
        os.makedirs(os.path.join(share, "job"), exist_ok=True)

    def connect(self, seconds=30):
        """Mounts the shares in dom0."""
        self.qemu.type("mount")
        until = time.monotonic() + seconds
        while not os.path.exists(os.path.join(self.share, "mounted")):
            if time.monotonic() > until or not self.qemu.alive():
                raise LabError("dom0 does not answer")
            time.sleep(0.02)

    def start(self, script):
        """Starts a shell script in dom0."""
        self._jobs += 1
        job = Job(self, self._jobs, script)
        with open(os.path.join(self.share, "job", "%d.sh" % self._jobs), "w") as f:
            f.write(script + "\n")
        self.qemu.type("run %d" % self._jobs)
        return job

    def dom0(self, script, seconds=30):
        """Runs a shell script in dom0 and returns its result with any exit code."""
        return self.start(script).wait(seconds)

    def ok(self, script, seconds=30):
        """Runs a shell script in dom0 that must succeed; returns what it printed."""
        return self.start(script).ok(seconds)

    def guest_start(self, script, seconds, name=GUEST):
        """Starts a shell script in the guest."""
        job = self.start(FIND_TTY % (name, name) + "xt-guest $tty %d << 'XT-END'\n%s\nXT-END" % (
            seconds, script))
        job.script = "in the guest: " + script
        return job

    def guest(self, script, seconds=30, name=GUEST):
        return self.guest_start(script, seconds, name).wait(seconds + 10)

    def guest_ok(self, script, seconds=30, name=GUEST):
        return self.guest_start(script, seconds, name).ok(seconds + 10)

    def reboot(self, seconds=200):
        """Restarts dom0 by its systemd, with the disk as it is then."""
        os.unlink(os.path.join(self.share, "mounted"))
        ready = len(self.qemu.console.having("XT-READY"))
        self.qemu.command("set-action", reboot="reset")
        self.start("systemctl reboot")
        until = time.monotonic() + seconds
        while len(self.qemu.console.having("XT-READY")) == ready:
            if time.monotonic() > until or not self.qemu.alive():
                raise LabError("dom0 does not come back within %d s" % seconds)
            time.sleep(0.1)
        self.qemu.command("set-action", reboot="shutdown")
        self.connect()

    def disconnect(self):
        """Unmounts the shares again, so that the state can be saved."""
        self.qemu.type("umount")
        if not self.qemu.console.wait("XT-UNMOUNTED", 20):
            raise LabError("dom0 cannot unmount its shares")
