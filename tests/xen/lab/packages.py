# SPDX-License-Identifier: MIT
"""Which Debian packages the images are made of, and their files, fetched and checked by apt."""

import hashlib
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

from . import apt, kernels
from .errors import LabError, Skip

XEN = ["xen-hypervisor-4.17-amd64"]
DOM0 = ["xen-utils-4.17", "xenstore-utils", "busybox-static", "libevent-core-2.1-7",
        "libsystemd0", "libinih1", "libsndfile1", "libpng16-16", "libacl1", "libseccomp2"]
GUEST = ["alsa-utils", "libdrm-tests"]

# The closure of a Debian root holds much that an initramfs does not need: besides the packages asked
# for, only libraries are used, without those of interpreters and logins.
_WANTED = re.compile(r"^(lib|linux-image-\d|xen-utils-common$|zlib1g$)")
_UNWANTED = re.compile(r"^lib(python|perl|pam|krb|gssapi|k5|ssl|db5|sqlite|sepol|semanage|klibc)")
# Desktops depend on drivers, decoders and dictionaries that programs load only when they need them.
_UNUSED = re.compile(
    r"^lib(python|perl|pam|db5|semanage|llvm|z3|icu|gl1-mesa|svtav1enc|x26[45]|rav1e|dav1d|aom|"
    r"avcodec|codec2|mfx|vpx|jxl|rsvg|gstreamer|file-|number-|text-|locale|node|blas|lapack|"
    r"gfortran|quadmath|raqm|imagequant|sqlite)")
_DATA = re.compile(r"^dbus-session-bus-common$")
# the folders of the cache where packages are
PLAIN, DESKTOP = "debs", "desktopdebs"


def closure(cache, say):
    """All packages to fetch, as sorted name=version; those that this machine's apt does not know
    as name=version@suite."""
    roots = XEN + [kernels.OLDEST] + DOM0 + GUEST
    try:
        out = apt.run("install", cache, "-s", *roots, kernels.NEWER)
        roots = roots + [kernels.NEWER]
    except Skip:
        out = apt.run("install", cache, "-s", *roots)
    found = dict(re.findall(r"^Inst (\S+) \((\S+)", out, re.M))
    known = ["%s=%s" % (n, v) for n, v in found.items()
             if n in roots or (_WANTED.match(n) and not _UNWANTED.match(n))]
    return sorted(known + kernels.newer_packages(cache, known, say))


def closure_of(cache, roots):
    """The packages of a desktop's programs to fetch, as sorted name=version."""
    out = apt.run("install", cache, "-s", *roots)
    return sorted("%s=%s" % (n, v) for n, v in re.findall(r"^Inst (\S+) \((\S+)", out, re.M)
                  if n in roots or (_WANTED.match(n) and not _UNUSED.match(n)) or _DATA.match(n))


def is_extra(package):
    """Whether the package comes from a suite that only the lab asks for."""
    return "@" in package


def _file(package):
    """The name of its file in the cache; the suite is no part of it."""
    return package.partition("@")[0].replace("=", "_").replace(":", "%3a") + ".deb"


def fetch(cache, packages, kind=PLAIN):
    """Downloads missing packages into that folder of the cache; returns the paths. Files get their
    names when they are complete."""
    folder = os.path.join(cache, kind)
    partial = os.path.join(folder, "partial.%d" % os.getpid())
    os.makedirs(partial, exist_ok=True)
    paths = {p: os.path.join(folder, _file(p)) for p in packages}
    missing = {}
    for p in packages:
        if not os.path.exists(paths[p]):
            name, _, suite = p.partition("@")
            missing.setdefault(suite, []).append(name)
    cwd = os.getcwd()
    os.chdir(partial)
    try:
        for suite, names in missing.items():
            options = apt.Suite(cache, suite).options if suite else []
            apt.run("download", cache, *options, *names)
    finally:
        os.chdir(cwd)
    for name in os.listdir(partial):
        package, version = name.split("_")[:2]
        os.rename(os.path.join(partial, name), os.path.join(
            folder, _file("%s=%s" % (package, version.replace("%3a", ":")))))
    os.rmdir(partial)
    lost = [p for p in packages if not os.path.exists(paths[p])]
    if lost:
        raise LabError("apt-get download did not bring " + ", ".join(lost))
    return [paths[p] for p in packages]


def forget_others(cache, packages, kind=PLAIN):
    """Removes the packages that no image needs any more."""
    folder = os.path.join(cache, kind)
    keep = {_file(p) for p in packages}
    for name in os.listdir(folder):
        if name.endswith(".deb") and name not in keep:
            os.unlink(os.path.join(folder, name))


def unpack(debs, root):
    """Unpacks all packages into one tree."""
    def one(deb):
        run = subprocess.run(["dpkg-deb", "-x", deb, root], stderr=subprocess.PIPE, text=True)
        if run.returncode != 0:
            raise LabError("cannot unpack %s: %s" % (os.path.basename(deb), run.stderr.strip()))
    os.makedirs(root, exist_ok=True)
    # the big one first, so that the small ones run beside it
    debs = sorted(debs, key=os.path.getsize, reverse=True)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, debs))


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as f:
        while block := f.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
