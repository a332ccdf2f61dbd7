# SPDX-License-Identifier: MIT
"""The cache folder: named, finished folders that appear whole or not at all."""

import contextlib
import fcntl
import os
import shutil
import time


def folder():
    base = os.environ.get("XENAV_XEN_CACHE")
    if not base:
        home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        base = os.path.join(home, "xenavd", "xen")
    os.makedirs(base, exist_ok=True)
    return os.path.abspath(base)


@contextlib.contextmanager
def lock(cache, name):
    """One builder at a time; the kernel releases the lock when the process ends in any way."""
    with open(os.path.join(cache, name + ".lock"), "w") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


def entry(cache, kind, key, build, good=os.path.isdir, keep=2):
    """The folder kind-key, made by build(temporary folder) when it is missing or not good."""
    path = os.path.join(cache, "%s-%s" % (kind, key))
    with lock(cache, kind):
        if good(path):
            os.utime(path)
            return path
        shutil.rmtree(path, ignore_errors=True)
        _sweep(cache, kind)
        temporary = path + ".tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        os.makedirs(temporary)
        try:
            build(temporary)
            os.rename(temporary, path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        _prune(cache, kind, keep)
    return path


def _sweep(cache, kind):
    """Removes what an interrupted run left. The caller holds the lock of this kind."""
    for name in os.listdir(cache):
        if name.startswith(kind + "-") and name.endswith(".tmp"):
            shutil.rmtree(os.path.join(cache, name), ignore_errors=True)


def _prune(cache, kind, keep):
    """Removes the entries used longest ago, except those that a running suite may still start from."""
    paths = [os.path.join(cache, n) for n in os.listdir(cache)
             if n.startswith(kind + "-") and not n.endswith(".tmp")]
    paths.sort(key=os.path.getmtime, reverse=True)
    for path in paths[keep:]:
        if time.time() - os.path.getmtime(path) > 300:
            shutil.rmtree(path, ignore_errors=True)
