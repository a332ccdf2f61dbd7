# SPDX-License-Identifier: MIT
"""Makes the images from the packages: hypervisor, kernel, dom0 and guest initramfs."""

import glob
import gzip
import hashlib
import lzma
import os
import shutil
import struct
import subprocess
from concurrent.futures import ThreadPoolExecutor

from . import kernels, packages
from .cpio import Cpio
from .errors import LabError
from .tree import Tree, first

HERE = os.path.dirname(os.path.abspath(__file__))
XEN_BIN = "usr/lib/xen-4.17/bin"

# The image has no xenstore-write on purpose: no test may help a device along by hand.
DOM0_PROGRAMS = [XEN_BIN + "/" + n for n in
                 ("xl", "xenstored", "xenconsoled", "xen-init-dom0", "lsevtchn",
                  "libxl-save-helper")]
DOM0_PROGRAMS += ["usr/bin/xenstore-" + n for n in ("ls", "list", "read")]
# libraries without a program in the image: those our own programs need, and what glibc loads
DOM0_LIBRARIES = ["libgcc_s.so.1", "libevent_core-2.1.so.7", "libsystemd.so.0", "libinih.so.1",
                  "libsndfile.so.1", "libpng16.so.16", "libxenstore.so.4", "libxengnttab.so.1",
                  "libxenevtchn.so.1", "libxentoollog.so.1", "libacl.so.1",
                  "libseccomp.so.2"]
DOM0_MODULES = ["xen-evtchn", "xen-gntdev", "xen-gntalloc", "xen-privcmd", "xenfs",
                "virtio_pci", "9pnet_virtio", "9p", "virtio_net"]
GUEST_PROGRAMS = ["usr/bin/aplay", "usr/bin/modetest", "usr/bin/amixer"]
GUEST_FRONTENDS = ["snd_xen_front", "drm_xen_front"]
# the frontend of keyboards is built in
GUEST_MODULES = GUEST_FRONTENDS + ["evdev"]
# the options of modules that are installed with xenavd
MODPROBE = "../../../systemd/modprobe.conf"

RECIPE = ["images.py", "cpio.py", "elf.py", "kernels.py", "packages.py", "tree.py", "../dom0/init", "../guest/init",
          MODPROBE]
IMAGES = ["xen.elf", "dom0.cpio"]


def kernel_images(start):
    """The kernel and the initramfs of the guests in these cases."""
    return "vmlinux" + kernels.suffix(start), "guest%s.cpio" % kernels.suffix(start)


def key(package_list):
    """Changes when a package or the recipe changes."""
    digest = hashlib.sha256("\n".join(package_list).encode())
    for name in RECIPE:
        with open(os.path.join(HERE, name), "rb") as f:
            digest.update(f.read())
    return digest.hexdigest()[:16]


def extract_kernel(source, target):
    """Writes the plain ELF kernel inside a bzImage, found through the x86 setup header."""
    with open(source, "rb") as f:
        image = f.read()
    if image[0x202:0x206] != b"HdrS":
        raise LabError(source + " is not a Linux bzImage")
    sectors = image[0x1f1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    payload = image[(sectors + 1) * 512 + offset:][:length]
    with open(target, "wb") as f:
        if payload.startswith(b"\xfd7zXZ"):
            f.write(lzma.LZMADecompressor().decompress(payload))
        elif payload.startswith(b"\x28\xb5\x2f\xfd"):
            # the last four bytes are the length, which zstd does not understand
            subprocess.run(["zstd", "-dcq"], input=payload[:-4], stdout=f, check=True)
        else:
            raise LabError("the kernel is compressed neither with xz nor with zstd")


def module_options():
    """The options that modprobe would give to modules in dom0: {module: options}."""
    with open(os.path.join(HERE, MODPROBE)) as f:
        lines = [line.split() for line in f if line.startswith("options ")]
    return {line[1].replace("-", "_"): line[2:] for line in lines}


def _common(tree, init):
    image = tree.image
    tree.busybox()
    image.device("dev/console", 5, 1)
    image.device("dev/null", 1, 3)
    for name in ("proc", "sys", "run", "tmp"):
        image.directory(name)
    image.file("etc/passwd", b"root::0:0:root:/root:/bin/sh\nnobody::65534:65534:n:/:/bin/sh\n")
    image.file("etc/group", b"root:x:0:\nnogroup:x:65534:\naudio:x:29:\n")
    with open(os.path.join(HERE, init), "rb") as f:
        image.file("init", f.read(), 0o755)


def make_dom0(root, target, release):
    tree = Tree(root, Cpio(target))
    _common(tree, "../dom0/init")
    for path in DOM0_PROGRAMS:
        tree.program(path)
    for soname in DOM0_LIBRARIES:
        tree.library(soname)
    tree.modules(release, DOM0_MODULES, options=module_options())
    tree.image.file("etc/xen/xl.conf", b'autoballoon="off"\n')
    tree.image.close()


def make_guest(root, target, release):
    tree = Tree(root, Cpio(target))
    _common(tree, "../guest/init")
    for path in GUEST_PROGRAMS:
        tree.program(path)
    tree.image.link("usr/bin/arecord", "aplay")
    tree.image.link("sbin/poweroff", "../bin/poweroff-now")
    # the kernel runs /sbin/poweroff and /sbin/reboot when dom0 asks for it; the image has no init
    tree.image.file("bin/poweroff-now", b"#!/bin/busybox sh\nexec /bin/busybox poweroff -f\n",
                    0o755)
    tree.image.link("sbin/reboot", "../bin/reboot-now")
    tree.image.file("bin/reboot-now", b"#!/bin/busybox sh\nexec /bin/busybox reboot -f\n", 0o755)
    tree.folder("usr/share/alsa")
    tree.modules(release, GUEST_MODULES, last=GUEST_FRONTENDS)
    tree.image.close()


def _unzip(source, target):
    with gzip.open(source) as f, open(target, "wb") as out:
        shutil.copyfileobj(f, out)


def build(cache, package_list, target, say):
    """Fills the folder target; the caller moves it to its place when this returns."""
    say("fetching %d Debian packages" % len(package_list))
    debs = packages.fetch(cache, package_list)
    say("making the images of Xen, dom0 and the guest")
    root = os.path.join(target, "root")
    packages.unpack(debs, root)
    xen, = glob.glob(os.path.join(root, "boot/xen-*-amd64.gz"))
    names = list(IMAGES)
    releases = kernels.releases(package_list)
    with ThreadPoolExecutor(2) as pool:
        todo = [pool.submit(_unzip, xen, os.path.join(target, "xen.elf")),
                pool.submit(make_dom0, root, os.path.join(target, "dom0.cpio"), releases["guest"])]
        for start, release in releases.items():
            vmlinux, guest = kernel_images(start)
            names += [vmlinux, guest]
            source = first(root, "boot/vmlinuz-" + release,
                            "usr/lib/modules/%s/vmlinuz" % release)
            todo += [pool.submit(extract_kernel, source, os.path.join(target, vmlinux)),
                     pool.submit(make_guest, root, os.path.join(target, guest), release)]
        for job in todo:
            job.result()
    shutil.rmtree(root)
    write_manifest(target, names, package_list)


def write_manifest(folder, names, package_list):
    with open(os.path.join(folder, "MANIFEST"), "w") as f:
        for name in names:
            f.write("%s  %s\n" % (packages.sha256(os.path.join(folder, name)), name))
        f.writelines("# %s\n" % p for p in package_list)


def packages_of(folder):
    """The packages that these images were made of."""
    with open(os.path.join(folder, "MANIFEST")) as f:
        return [line[2:].strip() for line in f if line.startswith("# ")]


def releases(folder):
    """{start: release} of the guests' kernels that are in these images."""
    return kernels.releases(packages_of(folder))


def last_packages(cache, kind="images"):
    """The packages of the newest images, used if apt cannot be asked."""
    manifests = sorted(glob.glob(os.path.join(cache, kind + "-*", "MANIFEST")),
                       key=os.path.getmtime)
    return packages_of(os.path.dirname(manifests[-1])) if manifests else None


def intact(folder):
    """Whether the folder holds what its manifest says."""
    try:
        with open(os.path.join(folder, "MANIFEST")) as f:
            lines = [line.split() for line in f if not line.startswith("#")]
        return len(lines) >= len(IMAGES) and all(
            packages.sha256(os.path.join(folder, name)) == digest for digest, name in lines)
    except (OSError, ValueError):
        return False
