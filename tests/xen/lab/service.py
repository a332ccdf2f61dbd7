# SPDX-License-Identifier: MIT
"""Makes the images of a dom0 with systemd: a disk with Debian as mmdebstrap installs it, and a small
initramfs that mounts it."""

import hashlib
import os
import re
import shutil
import subprocess

from . import apt, images, kernels, packages
from .cpio import Cpio
from .errors import LabError, Skip
from .tree import Tree

HERE = os.path.dirname(os.path.abspath(__file__))
DOM0 = os.path.join(HERE, "../../service/dom0")
RECIPE = ["lab/service.py", "lab/tree.py", "../service/dom0/init", "../service/dom0/prepare",
          "../service/dom0/serve", "../service/dom0/xt-serve.service", "../service/dom0/masked"]
DEBS = "servicedebs"

# What Debian installs in any case, because it is essential.
ESSENTIAL = ["base-files", "base-passwd", "bash", "bsdutils", "coreutils", "dash", "debianutils",
             "diffutils", "dpkg", "findutils", "grep", "gzip", "hostname", "init-system-helpers",
             "libc-bin", "libpam-modules", "libpam-modules-bin", "libpam-runtime", "login", "mawk",
             "ncurses-base", "ncurses-bin", "perl-base", "sed", "sysvinit-utils", "tar",
             "usr-is-merged", "util-linux"]
SYSTEM = ["systemd-sysv", "udev", "kmod", "dbus", "xen-utils-4.17", "xenstore-utils"]
# What our packages depend on: dpkg installs them without a network.
LIBRARIES = ["libacl1", "libevent-core-2.1-7", "libinih1", "libjson-c5", "libpng16-16", "libseccomp2",
             "libsndfile1", "libxkbcommon0"]
DISK_MIB = 480
DISK_MODULES = ["xen-evtchn", "xen-gntdev", "xen-gntalloc", "xen-privcmd", "xenfs",
                "9pnet_virtio", "9p", "autofs4"]
INITRD_MODULES = ["virtio_pci", "virtio_blk", "crc32c_generic", "ext4"]
UNUSED = ["/usr/share/%s/*" % name for name in ("man", "doc", "info", "locale")]


def closure(cache):
    """All packages of the disk, as sorted name=version."""
    out = apt.run("install", cache, "-s", *ESSENTIAL, *SYSTEM, *LIBRARIES)
    return sorted(set("%s=%s" % found
                      for found in re.findall(r"^Inst (\S+) \((\S+)", out, re.M)))


def last_packages(cache):
    """Those of the newest images, used if apt cannot be asked."""
    return [p for p in images.last_packages(cache, "serviceimages") or []
            if not kernels.is_of(p, "guest")]


def key(plain, package_list):
    """Changes when the plain images, a package or the recipe changes."""
    digest = hashlib.sha256("\n".join([os.path.basename(plain), *package_list]).encode())
    for name in RECIPE:
        with open(os.path.join(HERE, "..", name), "rb") as f:
            digest.update(f.read())
    return digest.hexdigest()[:16]


class Folder:
    """Takes the modules of a Tree into the folder that modprobe looks into."""

    def __init__(self, path, release):
        self._path = os.path.join(path, "lib/modules", release, "kernel")
        os.makedirs(self._path)

    def file(self, name, data, *_):
        if name.endswith(".ko"):
            with open(os.path.join(self._path, os.path.basename(name)), "wb") as f:
                f.write(data)


def _make_initramfs(root, target, release):
    tree = Tree(root, Cpio(target))
    tree.busybox()
    tree.image.device("dev/console", 5, 1)
    tree.image.device("dev/null", 1, 3)
    for name in ("proc", "sys", "dev", "disk"):
        tree.image.directory(name)
    with open(os.path.join(DOM0, "init"), "rb") as f:
        tree.image.file("init", f.read(), 0o755)
    tree.modules(release, INITRD_MODULES)
    tree.image.close()


def _archive(debs, folder):
    """A place for apt that has just these packages, which are checked already."""
    os.makedirs(folder)
    for path in debs:
        os.link(path, os.path.join(folder, os.path.basename(path)))
    with open(os.path.join(folder, "Packages"), "w") as f:
        subprocess.run(["dpkg-scanpackages", "--multiversion", "."], cwd=folder, stdout=f,
                       stderr=subprocess.DEVNULL, check=True)
    with open(os.path.join(folder, "Release"), "w") as f:
        f.write("Suite: bookworm\nCodename: bookworm\n")


def _make_disk(archive, more, target):
    """Lets mmdebstrap install the packages, and prepare make a file system of them."""
    command = ["mmdebstrap", "--mode=" + ("root" if os.getuid() == 0 else "unshare"),
               "--variant=essential", "--include=" + ",".join(SYSTEM + LIBRARIES + ["usr-is-merged"]),
               "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
               *["--dpkgopt=path-exclude=" + path for path in UNUSED],
               "--customize-hook='%s' \"$1\" '%s' '%s' %d" % (
                   os.path.join(DOM0, "prepare"), more, target, DISK_MIB),
               "--format=null", "bookworm", "-", "deb [trusted=yes] copy://%s ./" % archive]
    run = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True)
    if run.returncode != 0:
        raise LabError("mmdebstrap cannot install dom0:\n" + "\n".join(run.stdout.splitlines()[-25:]))


def _modules(cache, kernel, folder, release):
    """The kernel's modules and busybox, from the packages of the plain images."""
    root = os.path.join(folder, "root")
    packages.unpack(packages.fetch(cache, kernel), root)
    Tree(root, Folder(os.path.join(folder, "more"), release)).modules(release, DISK_MODULES)
    _make_initramfs(root, os.path.join(folder, "dom0.cpio"), release)
    shutil.rmtree(root)


def build(cache, plain, package_list, target, say):
    """Fills the folder target with images that replace those of the folder plain."""
    for program in "mmdebstrap", "mkfs.ext4", "dpkg-scanpackages":
        if not shutil.which(program):
            raise Skip("%s is not installed" % program)
    say("installing %d Debian packages for a dom0 with systemd" % len(package_list))
    debs = packages.fetch(cache, package_list, DEBS)
    used = [p for p in images.packages_of(plain) if kernels.is_of(p, "guest") or
            p.partition("=")[0] in ("busybox-static", "libc6")]
    release = images.releases(plain)["guest"]
    archive, more = os.path.join(target, "archive"), os.path.join(target, "more")
    _archive(debs, archive)
    _modules(cache, used, target, release)
    _make_disk(archive, more, os.path.join(target, "disk"))
    for name in ("xen.elf", "vmlinux", "guest.cpio"):
        os.link(os.path.join(plain, name), os.path.join(target, name))
    for folder in archive, more:
        shutil.rmtree(folder)
    kernel = [p for p in images.packages_of(plain) if kernels.is_of(p, "guest")]
    images.write_manifest(target, ["xen.elf", "dom0.cpio", "vmlinux", "guest.cpio", "disk"],
                          kernel + package_list)
