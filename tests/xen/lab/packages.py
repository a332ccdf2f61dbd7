# SPDX-License-Identifier: MIT
"""Which Debian packages the images are made of, and their files, fetched and checked by apt."""

import hashlib
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

from .errors import LabError, Skip

XEN = ["xen-hypervisor-4.17-amd64", "linux-image-amd64"]
# The second kernel for guests: the same release has it, but not every mirror.
NEWER = ["linux-image-6.12-amd64"]
DOM0 = ["xen-utils-4.17", "xenstore-utils", "busybox-static", "libevent-core-2.1-7",
        "libsystemd0", "libinih1", "libsndfile1", "libpng16-16"]
GUEST = ["alsa-utils", "libdrm-tests"]

# The closure of a Debian root holds much that an initramfs has no use for: besides what was
# asked for we want libraries only, and of those not what belongs to interpreters and logins.
_WANTED = re.compile(r"^(lib|linux-image-\d|xen-utils-common$|zlib1g$)")
_UNWANTED = re.compile(r"^lib(python|perl|pam|krb|gssapi|k5|ssl|db5|sqlite|sepol|semanage|klibc)")


def _apt(command, cache, *args):
    """Runs apt-get for an empty machine, so that the closure does not depend on this one."""
    status = os.path.join(cache, "apt-status")
    open(status, "a").close()
    options = ["-qq", "-o", "Dir::State::status=" + status, "-o", "APT::Install-Recommends=0",
               "-o", "APT::Sandbox::User=", "-o", "Acquire::Retries=3", "-o", "Debug::NoLocking=1"]
    try:
        run = subprocess.run(["apt-get", *options, command, *args], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True, env={**os.environ, "LC_ALL": "C"})
    except FileNotFoundError:
        raise Skip("the images are made of Debian packages and there is no apt-get here")
    if run.returncode != 0:
        last = (run.stderr.strip().splitlines() or ["no message"])[-1]
        raise Skip("apt-get cannot give us the packages (%s); try apt-get update" % last)
    return run.stdout


def closure(cache):
    """All packages to fetch, as sorted name=version."""
    roots = XEN + DOM0 + GUEST
    try:
        out = _apt("install", cache, "-s", *roots, *NEWER)
        roots = roots + NEWER
    except Skip:
        out = _apt("install", cache, "-s", *roots)
    found = dict(re.findall(r"^Inst (\S+) \((\S+)", out, re.M))
    return sorted("%s=%s" % (n, v) for n, v in found.items()
                  if n in roots or (_WANTED.match(n) and not _UNWANTED.match(n)))


def fetch(cache, packages):
    """Downloads what is missing; returns the paths. Files appear under their names when whole."""
    folder = os.path.join(cache, "debs")
    partial = os.path.join(folder, "partial.%d" % os.getpid())
    os.makedirs(partial, exist_ok=True)
    paths = {p: os.path.join(folder, p.replace("=", "_").replace(":", "%3a") + ".deb")
             for p in packages}
    missing = [p for p in packages if not os.path.exists(paths[p])]
    if missing:
        cwd = os.getcwd()
        os.chdir(partial)
        try:
            _apt("download", cache, *missing)
        finally:
            os.chdir(cwd)
        for name in os.listdir(partial):
            package, version = name.split("_")[:2]
            target = paths["%s=%s" % (package, version.replace("%3a", ":"))]
            os.rename(os.path.join(partial, name), target)
    os.rmdir(partial)
    lost = [p for p in packages if not os.path.exists(paths[p])]
    if lost:
        raise LabError("apt-get download did not bring " + ", ".join(lost))
    return [paths[p] for p in packages]


def forget_others(cache, packages):
    """Removes the packages that no image needs any more."""
    folder = os.path.join(cache, "debs")
    keep = {p.replace("=", "_").replace(":", "%3a") + ".deb" for p in packages}
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
