# SPDX-License-Identifier: MIT
"""One QEMU process: its command line, its console, its monitor and its end."""

import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time

from .errors import LabError, Skip

PROGRAM = "qemu-system-x86_64"
# {kind: (RAM, processors, other cards)}
MACHINES = {"plain": ("1024M", 1, ["-nic", "none"]),
            "wide": ("1536M", 2, ["-netdev", "user,id=net,restrict=on",
                                  "-device", "virtio-net-pci,netdev=net,romfile="]),
            # without its timer the card plays as fast as the WAV file is written, and drops nothing
            "sound": ("1024M", 1, ["-nic", "none", "-device", "intel-hda",
                                   "-device", "hda-output,audiodev=card,mixer=off,use-timer=off"]),
            "service": ("1024M", 2, ["-nic", "none"])}
XEN_ARGS = ("console=com1 com1=115200,8n1 dom0_mem=512M loglvl=warning guest_loglvl=warning "
            "spec-ctrl=no xpti=no pv-l1tf=no bootscrub=0")
LINUX_ARGS = "quiet mitigations=off cryptomgr.notests audit=0 apparmor=0 nowatchdog"
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def die_with_parent():
    """Run in a child: the child is killed when its parent ends in any way."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def version():
    """The version of QEMU, on which saved states depend besides the images."""
    if not shutil.which(PROGRAM):
        raise Skip("%s is not installed (package qemu-system-x86)" % PROGRAM)
    out = subprocess.run([PROGRAM, "--version"], stdout=subprocess.PIPE, text=True).stdout
    return out.splitlines()[0]


def machine_args(kind):
    """The machine of the saved state, which must be the same when the state is loaded."""
    ram, cpus, cards = MACHINES[kind]
    # svm and npt are for PVH guests
    return ["-accel", "tcg,thread=multi", "-cpu", "qemu64,+svm,+npt", "-smp", str(cpus),
            "-m", ram, *cards, "-display", "none", "-vga", "none", "-no-reboot"]


class Console(threading.Thread):
    """Keeps every console line with its time in a file, and lets others wait for one."""

    def __init__(self, stream, path):
        super().__init__(daemon=True)
        self._stream = stream
        self._file = open(path, "w", buffering=1)
        self._start = time.monotonic()
        self._changed = threading.Condition()
        self._lines = []
        self._ended = False
        self.start()

    def run(self):
        for raw in self._stream:
            line = raw.decode(errors="replace").rstrip()
            with self._changed:
                self._file.write("%7.2f %s\n" % (time.monotonic() - self._start, line))
                self._lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def wait(self, text, seconds):
        """Waits for a line with that text, wherever it stood; returns whether it came."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._ended or any(text in line for line in self._lines), seconds)
            return any(text in line for line in self._lines)

    def having(self, text):
        with self._changed:
            return [line for line in self._lines if text in line]


class Qemu:
    """memory is the file behind the guest's RAM: shared when its state will be saved, private
    when it was loaded, so that any number of machines start from one file without copying it.
    disk is the file of a disk that the machine writes to, if it has one."""

    def __init__(self, kind, images, memory, shares, log, incoming=None, disk=None):
        ours, theirs = socket.socketpair()
        backend = "memory-backend-file,id=ram,size=%s,mem-path=%s,share=%s" % (
            MACHINES[kind][0], memory, "off" if incoming and not incoming.save_again else "on")
        args = [PROGRAM, *machine_args(kind), "-object", backend,
                "-machine", "pc,memory-backend=ram", "-serial", "stdio",
                "-chardev", "socket,id=monitor,fd=%d" % theirs.fileno(),
                "-mon", "chardev=monitor,mode=control",
                "-kernel", os.path.join(images, "xen.elf"), "-append", XEN_ARGS,
                "-initrd", "%s console=hvc0 panic=-1 %s,%s" % (
                    os.path.join(images, "vmlinux"), LINUX_ARGS,
                    os.path.join(images, "dom0.cpio"))]
        for tag, (path, readonly) in shares.items():
            args += ["-virtfs", "local,path=%s,mount_tag=%s,security_model=none,"
                     "multidevs=remap%s" % (path, tag, ",readonly=on" if readonly else "")]
        if disk:
            args += ["-drive", "file=%s,format=raw,if=virtio,cache=unsafe" % disk]
        if kind == "sound":
            # what the card plays is written beside the log
            args += ["-audiodev", "wav,id=card,path=%s,out.frequency=48000,out.channels=2,"
                     "out.format=s16" % os.path.join(os.path.dirname(log), "card.wav")]
        if incoming:
            args += ["-incoming", "defer"]
        self.process = subprocess.Popen(
            args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            pass_fds=[theirs.fileno()], preexec_fn=die_with_parent)
        theirs.close()
        self._monitor = ours.makefile("rwb")
        self._socket = ours
        self.console = Console(self.process.stdout, log)
        ours.settimeout(60)
        try:
            self._reply()
            self.command("qmp_capabilities")
            if incoming:
                self._load(incoming.device)
        except (OSError, ValueError, LabError) as e:
            self.kill()
            raise LabError("QEMU did not start: %s" % e)

    def _reply(self):
        while True:
            line = self._monitor.readline()
            if not line:
                raise LabError("QEMU ended (see its console log)")
            message = json.loads(line)
            if "event" not in message:
                return message

    def forward(self, port, to):
        """Lets programs on this host reach a TCP port of dom0, on localhost only."""
        answer = self.command("human-monitor-command", **{
            "command-line": "hostfwd_add net tcp:127.0.0.1:%d-:%d" % (port, to)})
        if answer:
            raise LabError("port %d of localhost cannot be used: %s" % (port, answer.strip()))

    def command(self, name, **arguments):
        text = json.dumps({"execute": name, "arguments": arguments})
        self._monitor.write(text.encode() + b"\n")
        self._monitor.flush()
        message = self._reply()
        if "error" in message:
            raise LabError("QEMU refuses %s: %s" % (name, message["error"]["desc"]))
        return message.get("return")

    def _share_memory(self):
        # the RAM stays in its file: only the devices' state is saved
        self.command("migrate-set-capabilities",
                     capabilities=[{"capability": "x-ignore-shared", "state": True}])

    def _load(self, device):
        self._share_memory()
        self.command("migrate-incoming", uri="exec:cat '%s'" % device)
        until = time.monotonic() + 60
        while self.command("query-status")["status"] == "inmigrate":
            if time.monotonic() > until:
                raise LabError("the saved state does not load")
            time.sleep(0.02)
        self.command("cont")

    def save(self, device):
        """Stops the machine and writes its state; the RAM stays in its file."""
        self.command("stop")
        self._share_memory()
        self.command("migrate", uri="exec:cat > '%s'" % device)
        while True:
            status = self.command("query-migrate").get("status")
            if status == "completed":
                break
            if status in ("failed", "cancelled"):
                raise LabError("QEMU cannot save the machine's state")
            time.sleep(0.02)
        self.command("quit")
        self.process.wait(30)

    def type(self, text):
        """One short line into the console."""
        try:
            self.process.stdin.write(text.encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            raise LabError("the virtual machine is gone")

    def alive(self):
        return self.process.poll() is None

    def kill(self):
        if self.alive():
            self.process.kill()
        self.process.wait()
        self._socket.close()
