# SPDX-License-Identifier: MIT
"""Writes the kernel's initramfs format (cpio "newc"); everything belongs to root, time is 0."""

import os
import stat


class Cpio:
    def __init__(self, path):
        self._file = open(path, "wb")
        self._inode = 0
        self._names = set()

    def _entry(self, name, mode, data=b"", major=0, minor=0):
        self._inode += 1
        encoded = name.encode() + b"\0"
        fields = (self._inode, mode, 0, 0, 1, 0, len(data), 0, 0, major, minor, len(encoded), 0)
        self._file.write(b"070701" + b"".join(b"%08x" % f for f in fields) + encoded)
        self._pad()
        self._file.write(data)
        self._pad()

    def _pad(self):
        self._file.write(b"\0" * (-self._file.tell() % 4))

    def directory(self, name):
        """Makes a directory and all above it, once."""
        parts = [p for p in name.split("/") if p]
        for i in range(1, len(parts) + 1):
            path = "/".join(parts[:i])
            if path not in self._names:
                self._names.add(path)
                self._entry(path, stat.S_IFDIR | 0o755)

    def _parent(self, name):
        name = name.lstrip("/")
        self.directory(os.path.dirname(name))
        if name in self._names:
            return None
        self._names.add(name)
        return name

    def file(self, name, data, mode=0o644):
        name = self._parent(name)
        if name:
            self._entry(name, stat.S_IFREG | mode, data)

    def link(self, name, target):
        name = self._parent(name)
        if name:
            self._entry(name, stat.S_IFLNK | 0o777, target.encode())

    def device(self, name, major, minor):
        name = self._parent(name)
        if name:
            self._entry(name, stat.S_IFCHR | 0o600, b"", major, minor)

    def copy(self, name, source):
        """Adds a file, or the file that a link points to, under that name."""
        with open(source, "rb") as f:
            self.file(name, f.read(), 0o755 if os.access(source, os.X_OK) else 0o644)

    def close(self):
        self._entry("TRAILER!!!", 0)
        self._file.write(b"\0" * (-self._file.tell() % 512))
        self._file.close()
