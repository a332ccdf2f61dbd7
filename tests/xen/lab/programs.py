# SPDX-License-Identifier: MIT
"""Collects the newly built programs in one folder that dom0 sees as /stage."""

import glob
import hashlib
import os
import re
import shutil
import subprocess

from . import cache as store
from . import elf, tune
from .cpio import Cpio
from .errors import LabError
from .images import kernel_images, releases

HERE = os.path.dirname(os.path.abspath(__file__))
UNDER_TEST = ["xenavd", "xenav-record"]
IN_DOM0 = ["xt-feed", "xt-guest", "xt-shbuf"]
IN_GUEST = ["xt-agent", "xt-flip", "xt-input", "xt-pcm"]
DOM0_FILES = ["guest.cfg", "xt.sh"]


# files that are installed for guests, by their path in the guest's image
FOR_GUESTS = {"etc/asound.conf": "../../../guest/asound.conf"}

# where a build tree may have them; libtool keeps the real ones in .libs
FOLDERS = [".", "tests/xen", "tests/xen/guest"]


def find(build, name):
    """The real program, not libtool's wrapper around it."""
    for folder in FOLDERS:
        for path in (os.path.join(build, folder, ".libs", name),
                     os.path.join(build, folder, name)):
            if os.path.isfile(path) and elf.is_elf(path):
                return path
    raise LabError("%s is not built in %s (make, make xen-test-programs)" % (name, build))


def library_folders(build):
    return [os.path.join(build, "lib/.libs"), os.path.join(build, ".libs")]


def _libraries(build, programs):
    """Our own shared libraries, and the host's sanitizers, which dom0's image has not."""
    found = {}
    for folder in library_folders(build):
        for path in glob.glob(os.path.join(folder, "lib*.so.*")):
            if elf.is_elf(path):
                found[os.path.basename(path)] = os.path.realpath(path)
    for program in programs:
        if any(re.match(r"lib(a|ub|t|l)san", name) for name in elf.needed(program)):
            out = subprocess.run(["ldd", program], stdout=subprocess.PIPE, text=True).stdout
            found.update(re.findall(r"(\S+) => (/\S*(?:san|stdc\+\+|libgcc_s)\S*)", out))
    return found


def _digest(*groups):
    digest = hashlib.sha256()
    for group in groups:
        for name, path in sorted(group.items()):
            digest.update(name.encode() + b"\0")
            with open(path, "rb") as f:
                digest.update(f.read())
    return digest.hexdigest()[:16]


def stage(cache, build, images):
    """Returns the folder and its key."""
    build = os.path.abspath(build)
    programs = {n: find(build, n) for n in UNDER_TEST + IN_DOM0}
    guest = {n: find(build, n) for n in IN_GUEST}
    libraries = _libraries(build, [programs[n] for n in UNDER_TEST])
    shipped = {n: os.path.join(HERE, path) for n, path in FOR_GUESTS.items()}
    files = {n: os.path.join(HERE, "../dom0", n) for n in DOM0_FILES}
    recipe = {n: os.path.join(HERE, n) for n in ("programs.py", "tune.py", "cpio.py")}
    key = _digest(programs, guest, shipped, libraries, files, recipe) + os.path.basename(images)[-8:]

    def make(target):
        os.makedirs(os.path.join(target, "bin"))
        os.makedirs(os.path.join(target, "lib"))
        for name, path in programs.items():
            shutil.copy(path, os.path.join(target, "bin", name))
        for name, path in libraries.items():
            shutil.copy(path, os.path.join(target, "lib", name))
        for name, path in files.items():
            shutil.copy(path, os.path.join(target, name))
        for start in releases(images):
            vmlinux, initrd = kernel_images(start)
            os.link(os.path.join(images, vmlinux), os.path.join(target, vmlinux))
            _guest_initrd(images, guest, shipped, target, initrd)
    return store.entry(cache, "stage", key, make), key


def _guest_initrd(images, programs, shipped, folder, image):
    """The kernel takes several archives one after the other: Debian's part, then ours."""
    target = os.path.join(folder, image)
    extra = Cpio(target + ".ours")
    for name, path in programs.items():
        extra.copy("bin/" + name, path)
    for name, path in shipped.items():
        extra.copy(name, path)
    extra.file("data/tune.wav", tune.wav())
    extra.close()
    with open(target, "wb") as out:
        for part in (os.path.join(images, image), target + ".ours"):
            with open(part, "rb") as f:
                shutil.copyfileobj(f, out)
    os.unlink(target + ".ours")
