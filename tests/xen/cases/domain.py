# SPDX-License-Identifier: MIT
"""xenavd in a driver domain, a PV guest itself, serves another guest; nothing of it is in dom0."""

import base64
import io
import os
import tarfile

from lab import png, programs, wav
from lab.case import case, equal, expect, files
from lab.cpio import Cpio
from lab.states import INSTALL

from .display import check_report
from .input import EV_ABS, MT_ID, Reader
from .sound import check_pace, expected, play_script

DRIVER = "DomD"
INIT = b"""#!/bin/sh
export PATH=/bin:/usr/bin:/usr/lib/xen-4.17/bin:/opt/xt/bin HOME=/root LD_LIBRARY_PATH=/opt/xt/lib
mkdir -p /proc /sys /run/xen /run/lock /run/xenavd /var/lib/xen /var/log/xen /tmp /root
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmpfs /tmp
ln -s /run /var/run
ln -s /run/lock /var/lock
dmesg -n 1
while read -r module options; do
	case $module in xen*) insmod "/mod/$module" $options ;; esac
done < /mod/order
mount -t xenfs xenfs /proc/xen
xl devd
setsid xenavd --foreground > /tmp/xenavd.log 2>&1 < /dev/null &
echo $! > /tmp/xenavd.pid
exec xt-agent
"""
# The root of dom0, and the files that make a driver domain of it.
START = """
mkdir -p /tmp/boot && cp /stage/vmlinux /tmp/boot/vmlinux &&
(cd / && find bin lib lib64 usr etc mod opt | cpio -o -H newc && cat /share/driver.cpio) \
	> /tmp/boot/driver.cpio &&
xl create /share/driver.cfg && rm -r /tmp/boot
"""
DRIVER_CFG = """
name = "%s"
type = "pv"
kernel = "/tmp/boot/vmlinux"
ramdisk = "/tmp/boot/driver.cpio"
memory = 200
driver_domain = 1
extra = "console=hvc0 panic=0 quiet mitigations=off cryptomgr.notests audit=0 apparmor=0 nowatchdog"
""" % DRIVER
# Devices as in guests of cars: eight PCMs of one name, two screens whose names are numbers.
PCMS = 8
SIZES = {2000: (1920, 1080), 2001: (1024, 576)}
CAR = """
{ sed '/^vsnd/,$d; s/memory = 160/memory = 192/' /opt/xt/guest.cfg; cat /share/car.cfg; } \
	> $run/g.cfg && xl_create $run/g.cfg
"""
CARD = ["card, backend=%s, short-name=Card, long-name=Virtual sound card, buffer-size=65536, "
        "sample-rates=8000;11025;16000;22050;32000;44100;48000;96000, sample-formats=s16_le"
        % DRIVER]
for _number in range(PCMS):
    CARD += ["pcm, name=dev%d" % _number, "stream, unique-id=pulse, type=P"]
TOUCH = ", ".join(
    "'backend=%s, backend-type=linux, multi-touch-width=%d, multi-touch-height=%d, "
    "multi-touch-num-contacts=10, feature-disable-keyboard=1, unique-id=T:%d'" % (
        DRIVER, *size, name) for name, size in SIZES.items())
CAR_CFG = "vsnd = [[ %s ]]\nvdispl = [ 'backend=%s, be-alloc=0, connectors=%s' ]\nvkb = [ %s ]\n" % (
    ", ".join("'%s'" % line for line in CARD), DRIVER,
    ";".join("%d:%dx%d" % (name, *size) for name, size in SIZES.items()), TOUCH)
HELD = "echo $(ls /proc/$(cat /tmp/xenavd.pid)/fd | wc -l) " \
       "$(grep -c -E 'xen/gnt' /proc/$(cat /tmp/xenavd.pid)/maps)"
SOUND = {"form": "s16", "channels": 2, "rate": 48000, "seconds": 1, "seed": 3}
FLIPS = 10


def start_driver(bench):
    bench.machine.ok(INSTALL)
    extra = Cpio(os.path.join(bench.machine.share, "driver.cpio"))
    extra.device("dev/console", 5, 1)
    extra.copy("bin/xt-agent", programs.find(bench.build, "xt-agent"))
    extra.file("init", INIT, 0o755)
    extra.close()
    bench.write("driver.cfg", DRIVER_CFG.encode())
    bench.write("car.cfg", CAR_CFG.encode())
    bench.dom0(START, 60)
    bench.await_guest("grep -q 'serves domain' /tmp/xenavd.log", DRIVER)


def recorded(bench):
    """Ends the consumer in the driver domain and brings its recordings to the host."""
    bench.guest("kill $(cat /tmp/rec.pid)", name=DRIVER)
    bench.await_guest("! kill -0 $(cat /tmp/rec.pid) 2> /dev/null", DRIVER)
    text = bench.guest("cd /tmp/rec && cp /tmp/rec.log /tmp/xenavd.log . && tar cz . | base64", 60,
                       DRIVER)
    folder = os.path.join(bench.folder, "rec")
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(text))) as tar:
        tar.extractall(folder)
    return folder


def touch(bench):
    """A finger on each of the screens, by the touch screen that belongs to it."""
    for devid, (name, (width, height)) in enumerate(SIZES.items()):
        reader = Reader(bench, devid, (EV_ABS, MT_ID, -1))
        bench.guest("printf 'touch 5 %d %d %d\\nflush\\nsleep 20\\nlift 5\\n' | xt-feed -d %d" % (
            name, width - 1, height - 1, devid), name=DRIVER)
        equal(reader.report().contacts(), {0: [(width - 1, height - 1)]},
              "places of the finger on %d" % name)


@case("a driver domain serves a guest with eight PCMs and two touch screens: sound, pictures and "
      "touch exact, xl does not wait for it, nothing is left", start="base", limit=200)
def car(bench):
    start_driver(bench)
    held = bench.guest(HELD, name=DRIVER)
    bench.dom0(CAR, 60)
    bench.await_guest("[ -e /dev/snd/pcmC0D%dp ] && [ -e /dev/dri/card0 ]" % (PCMS - 1))
    bench.guest("mkdir /tmp/rec; setsid xenav-record --output /tmp/rec --refresh 0 "
                "> /tmp/rec.log 2>&1 < /dev/null & echo $! > /tmp/rec.pid", name=DRIVER)
    bench.await_guest("[ $(grep -c claimed /tmp/rec.log) = %d ]" % (PCMS + len(SIZES)), DRIVER)
    check_pace(bench.guest(play_script("-B 300000", **SOUND)))
    heads = " ".join("-c %d:%dx%d:xr24" % (i, *size) for i, size in enumerate(SIZES.values()))
    out = bench.guest("xt-flip %s -n %d -r 5 -H 8" % (heads, FLIPS), 90)
    check_report(out, {0: None, 1: None}, FLIPS)
    touch(bench)
    got = recorded(bench)
    sound, = files(got, ".wav")
    wav.check(os.path.join(got, sound), expected(**SOUND), 2, 48000, 16)
    for connector, (name, size) in enumerate(SIZES.items()):
        picture, = [n for n in files(got, ".png") if str(name) in n]
        equal(png.Checker("xr24", connector, *size).check(os.path.join(got, picture)), FLIPS,
              "the last picture of connector %d" % name)
    before = float(bench.dom0("cut -d ' ' -f 1 /proc/uptime"))
    bench.dom0("xl destroy g1")
    took = float(bench.dom0("cut -d ' ' -f 1 /proc/uptime")) - before
    expect(took < 9, "xl destroy took %.1f s: something made it wait" % took)
    bench.dom0("await 100 sh -c '[ $(command xl list | wc -l) = 3 ]'")
    bench.await_guest('[ "$(%s)" = "%s" ]' % (HELD, held.strip()), DRIVER)
    bench.dom0("xl destroy %s && await 100 only_dom0" % DRIVER)
