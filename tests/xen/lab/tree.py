# SPDX-License-Identifier: MIT
"""The unpacked packages as a tree of files, and images that are made of parts of it."""

import glob
import lzma
import os
import subprocess

from . import elf
from .errors import LabError

LIBRARY_FOLDERS = ["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu"]


def first(root, *places):
    """The path of the kernel, which newer packages have moved."""
    for place in places:
        if os.path.exists(os.path.join(root, place)):
            return os.path.join(root, place)
    raise LabError("no package of the closure has " + places[0])


class Tree:
    """The unpacked packages, and an image that is made from them."""

    def __init__(self, root, image, library_folders=()):
        """library_folders: patterns of those besides the system's that programs have in their
        RUNPATH."""
        self.root = root
        self.image = image
        self._folders = LIBRARY_FOLDERS + [
            os.path.relpath(path, root) for pattern in library_folders
            for path in sorted(glob.glob(os.path.join(root, pattern)))]
        self._seen = set()

    def library(self, soname):
        if soname in self._seen:
            return
        self._seen.add(soname)
        for folder in self._folders:
            path = os.path.join(self.root, folder, soname)
            if os.path.exists(path):
                self.image.copy(folder + "/" + soname, path)
                return self.libraries_of(path)
        raise LabError("no package of the closure has %s" % soname)

    def libraries_of(self, path):
        for soname in elf.needed(path):
            self.library(soname)

    def program(self, path):
        source = os.path.join(self.root, path)
        self.image.copy(path, source)
        self.libraries_of(source)

    def busybox(self):
        source = os.path.join(self.root, "bin/busybox")
        self.image.copy("bin/busybox", source)
        applets = subprocess.run([source, "--list"], stdout=subprocess.PIPE, text=True, check=True)
        for name in applets.stdout.split():
            self.image.link("bin/" + name, "busybox")
        self.image.directory("lib64")
        self.image.copy("lib64/ld-linux-x86-64.so.2",
                        os.path.join(self.root, "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"))

    def modules(self, release, names, last=(), options=None):
        """Puts modules of that kernel and what they need into /mod; /mod/order is the order of
        loading, with options as module_options() gives them."""
        base = first(self.root, "lib/modules/" + release, "usr/lib/modules/" + release)
        found = {}
        for folder, _, files in os.walk(base):
            for name in files:
                if ".ko" in name:
                    found[name.split(".ko")[0].replace("-", "_")] = os.path.join(folder, name)
        order = []

        def add(name):
            if name in order or name not in found:
                return
            with open(found[name], "rb") as f:
                data = f.read()
            if found[name].endswith(".xz"):
                data = lzma.decompress(data)
            for other in elf.module_depends(data):
                add(other)
            order.append(name)
            self.image.file("mod/%s.ko" % name, data)
        for name in names:
            if name.replace("-", "_") not in found:
                raise LabError("the kernel package has no module " + name)
            add(name.replace("-", "_"))
        text = "".join(" ".join(["%s.ko" % n, *(options or {}).get(n, [])]) + "\n"
                       for n in order if n not in last)
        self.image.file("mod/order", text.encode())

    def folder(self, path):
        """Puts a folder with all that is below it into the image."""
        if not os.path.isdir(os.path.join(self.root, path)):
            raise LabError("no package of the closure has the folder " + path)
        for folder, _, files in os.walk(os.path.join(self.root, path)):
            for name in files:
                source = os.path.join(folder, name)
                if os.path.exists(source):
                    self.image.copy(os.path.relpath(source, self.root), source)

    def programs(self, pattern):
        """Puts programs and plugins into the image, with their libraries."""
        found = sorted(glob.glob(os.path.join(self.root, pattern)))
        if not found:
            raise LabError("no package of the closure has " + pattern)
        for source in found:
            self.program(os.path.relpath(source, self.root))
