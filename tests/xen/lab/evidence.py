# SPDX-License-Identifier: MIT
"""What is brought from a machine to the host when a case is over, and more when it has failed."""

import os

from .errors import Failure, LabError

COLLECT = """mkdir -p /share/logs
cp /run/xt/*.log /var/log/xen/* /share/logs/
! [ -e /run/systemd/system ] || journalctl --no-pager -o short-monotonic > /share/logs/journal.txt
{ lsevtchn 0; dmesg | tail -n 40; ps; } > /share/logs/dom0.txt 2>&1
{ xl list; xl dmesg | tail -n 30; } > /share/logs/xl.txt 2>&1
"""
# What the devices are in xenstore, what xenavd says of itself, and where the threads of xenavd and of
# its consumers wait: in the kernel, and for how long they have not run.
DEVICES = """xenstore-ls -f | grep -E '/(device|backend)/(vsnd|vdispl|vkbd|vinput)/'"""
PROCESSES = """
status() { grep '^status: ' /run/xt/xenavd.log | tail -n 40; }
pid=$(cat /run/xt/xenavd.pid 2>/dev/null)
[ -z "$pid" ] || { kill -USR1 "$pid" && usleep 300000 && status; }
for pid in $pid $(pidof xenav-record) $(pidof xenav-vnc) $(pidof xenav-alsa) $(pidof xt-feed); do
	for task in /proc/$pid/task/*; do
		echo "$(cat $task/comm) $task: $(grep State $task/status), in $(cat $task/wchan)," \
			"system call $(cat $task/syscall), run, waited and turns $(cat $task/schedstat)"
	done
done
cat /proc/uptime /proc/loadavg
"""
GUEST = "dmesg | grep -i -E 'xen|vkbd|vsnd|vdispl|reset' | tail -n 25; dmesg | tail -n 12"


def _keep(machine, name, text):
    with open(os.path.join(machine.share, "logs", name), "w") as f:
        f.write(text)


def collect(machine, failed):
    """Brings the logs into the folder logs of the machine's share."""
    try:
        machine.dom0(COLLECT, 5)
        if failed:
            _keep(machine, "processes.txt", machine.dom0(PROCESSES, 3).out)
            _keep(machine, "devices.txt", machine.dom0(DEVICES, 3).out)
            _keep(machine, "guest-dmesg.txt", machine.guest_start(GUEST, 3).wait(4).out)
    except (LabError, Failure):
        pass  # the consoles that QEMU itself wrote are there in any case


def of_start(machine):
    """Text about a guest that does not come up."""
    parts = []
    for ask in (lambda: machine.dom0("tail -n 30 /run/xt/xenavd.log /var/log/xen/*", 10),
                lambda: machine.dom0(DEVICES, 10), lambda: machine.dom0(PROCESSES, 10),
                lambda: machine.guest_start(GUEST, 5).wait(8)):
        try:
            parts.append(ask().out)
        except (LabError, Failure) as e:
            parts.append(str(e))
    return "\n".join(parts)
