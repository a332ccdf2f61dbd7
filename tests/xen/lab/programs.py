# SPDX-License-Identifier: MIT
"""Collects the newly built programs in one folder that dom0 sees as /stage."""

import glob
import hashlib
import os
import re
import shutil
import subprocess

from . import cache as store
from . import elf, soundcard, tune
from .cpio import Cpio
from .errors import LabError, Skip
from .images import kernel_images, releases

HERE = os.path.dirname(os.path.abspath(__file__))
UNDER_TEST = ["xenavd", "xenav-record"]
# consumers with more libraries, for the dom0 that has these (desktop.py); each if it is built
WIDE = ["xenav-type", "xenav-vnc"]
IN_DOM0 = ["xt-feed", "xt-guest", "xt-shbuf"]
IN_SERVICE = ["xt-feed", "xt-guest", "xt-hold"]
IN_GUEST = ["xt-agent", "xt-flip", "xt-input", "xt-pcm"]
DOM0_FILES = {"guest.cfg": "../dom0/guest.cfg", "xt.sh": "../dom0/xt.sh"}


# files for guests, by their path in the guest's image: what is installed for them, and for desktops
FOR_GUESTS = {"etc/asound.conf": "../../../guest/asound.conf"}
# the page that xenav-vnc serves
WEB_PAGE = os.path.join(HERE, "../../../backends/vnc/web/page")
FOR_DESKTOPS = {"bin/desktop.sh": "../guest/desktop.sh"}

# The dom0 with systemd gets our packages instead of the programs, see tests/service/README.
DEBS = "out/deb"
PACKAGES = ["libxenav0", "libxenshbuf0", "xenav-record", "xenavctl", "xenavd"]
SERVICE_FILES = {"guest.cfg": "../dom0/guest.cfg", "xt.sh": "../../service/dom0/xt.sh"}

# where a build tree may have them; libtool keeps the real ones in .libs
FOLDERS = [".", "tests/xen", "tests/xen/guest", "tests/service"]


def find(build, name):
    """The real program, not libtool's wrapper around it."""
    for folder in FOLDERS:
        for path in (os.path.join(build, folder, ".libs", name),
                     os.path.join(build, folder, name)):
            if os.path.isfile(path) and elf.is_elf(path):
                return path
    raise LabError("%s is not built in %s (make, make xen-test-programs)" % (name, build))


def _wanted(build, kind):
    """{name: path} of the programs under test."""
    if kind == "servicestage":
        return {}
    found = {n: find(build, n) for n in UNDER_TEST}
    for name in WIDE if kind == "desktopstage" else []:
        try:
            found[name] = find(build, name)
        except LabError:
            pass
    if kind == "soundstage":
        try:
            found["xenav-alsa"] = find(build, "xenav-alsa")
        except LabError:
            raise Skip("xenav-alsa is not built, which needs libasound")
    return found


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


def _packages(build):
    """{file name: path} of our packages."""
    folder = os.path.join(build, DEBS)
    found = {os.path.basename(path): path for name in PACKAGES
             for path in glob.glob(os.path.join(folder, name + "_*.deb"))}
    if not found:
        raise LabError("our packages are not built in %s (make deb)" % folder)
    return found


def _digest(*groups):
    digest = hashlib.sha256()
    for group in groups:
        for name, path in sorted(group.items()):
            digest.update(name.encode() + b"\0")
            with open(path, "rb") as f:
                digest.update(f.read())
    return digest.hexdigest()[:16]


def stage(cache, build, images, kind):
    """Makes the folder of that kind, for guests of these images. Returns it and its key."""
    build = os.path.abspath(build)
    wanted = _wanted(build, kind)
    service = kind == "servicestage"
    programs = {**wanted, **{n: find(build, n) for n in (IN_SERVICE if service else IN_DOM0)}}
    guest = {n: find(build, n) for n in IN_GUEST}
    libraries = {} if service else _libraries(build, wanted.values())
    debs = _packages(build) if service else {}
    shipped = {**FOR_GUESTS, **(FOR_DESKTOPS if kind == "desktopstage" else {})}
    shipped = {n: os.path.join(HERE, path) for n, path in shipped.items()}
    files = {n: os.path.join(HERE, path)
             for n, path in (SERVICE_FILES if service else DOM0_FILES).items()}
    recipe = {n: os.path.join(HERE, n) for n in ("programs.py", "soundcard.py", "tune.py", "cpio.py")}
    page = {n: os.path.join(WEB_PAGE, n) for n in os.listdir(WEB_PAGE)}
    key = _digest(programs, guest, shipped, libraries, debs, files, recipe, page)
    key += os.path.basename(images)[-8:]

    def make(target):
        os.makedirs(os.path.join(target, "bin"))
        os.makedirs(os.path.join(target, "lib"))
        for name, path in programs.items():
            shutil.copy(path, os.path.join(target, "bin", name))
        for name, path in libraries.items():
            shutil.copy(path, os.path.join(target, "lib", name))
        for name, path in debs.items():
            shutil.copy(path, os.path.join(target, name))
        for name, path in files.items():
            shutil.copy(path, os.path.join(target, name))
        if kind == "desktopstage":
            shutil.copytree(WEB_PAGE, os.path.join(target, "web"))
        for start in releases(images):
            vmlinux, initrd = kernel_images(start)
            os.link(os.path.join(images, vmlinux), os.path.join(target, vmlinux))
            _guest_initrd(images, guest, shipped, target, initrd)
        if kind == "soundstage":
            soundcard.build(cache, images, target)
    return store.entry(cache, kind, key, make), key


def _guest_initrd(images, programs, shipped, folder, image):
    """The kernel takes several archives one after the other: Debian's part, then ours."""
    target = os.path.join(folder, image)
    extra = Cpio(target + ".ours")
    for name, path in programs.items():
        extra.copy("bin/" + name, path)
    for name, path in shipped.items():
        extra.copy(name, path)
    extra.file("data/tune.wav", tune.wav())
    # pw-play of PipeWire 0.3.65 loses what does not fill a quantum at the end of a file
    extra.file("data/slow.wav", tune.wav(tune.SLOW_HZ, tune.SLOW_HZ))
    extra.close()
    with open(target, "wb") as out:
        for part in (os.path.join(images, image), target + ".ours"):
            with open(part, "rb") as f:
                shutil.copyfileobj(f, out)
    os.unlink(target + ".ours")
