# SPDX-License-Identifier: MIT
"""Reads the kind, the libraries and the module information of an ELF file."""

import struct

PT_DYNAMIC, PT_LOAD = 2, 1
DT_NULL, DT_NEEDED, DT_STRTAB = 0, 1, 5


def is_elf(path):
    with open(path, "rb") as f:
        return f.read(4) == b"\x7fELF"


def _segments(data):
    offset, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    for i in range(count):
        kind, _, start, address, _, length = struct.unpack_from("<IIQQQQ", data, offset + i * size)
        yield kind, start, address, length


def needed(path):
    """The sonames an executable or library asks for."""
    with open(path, "rb") as f:
        data = f.read()
    if data[:5] != b"\x7fELF\x02":
        return []
    loads, dynamic = [], None
    for kind, start, address, length in _segments(data):
        if kind == PT_LOAD:
            loads.append((address, start, length))
        elif kind == PT_DYNAMIC:
            dynamic = (start, length)
    if dynamic is None:
        return []
    names, strings = [], 0
    for at in range(dynamic[0], dynamic[0] + dynamic[1], 16):
        tag, value = struct.unpack_from("<qQ", data, at)
        if tag == DT_NULL:
            break
        if tag == DT_NEEDED:
            names.append(value)
        elif tag == DT_STRTAB:
            strings = next(s + value - a for a, s, n in loads if a <= value < a + n)
    return [data[strings + n:data.index(b"\0", strings + n)].decode() for n in names]


def module_depends(data):
    """The names (with underscores) of the modules that a kernel module needs first."""
    for word in data.split(b"\0depends=")[1:]:
        text = word[:word.index(b"\0")].decode()
        return [n.replace("-", "_") for n in text.split(",") if n]
    return []
