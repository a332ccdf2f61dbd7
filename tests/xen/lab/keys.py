# SPDX-License-Identifier: MIT
"""Which keys of a keyboard as in the United States write a text: Linux's codes."""

from .errors import LabError

ROWS = {2: ("1234567890-=", "!@#$%^&*()_+"), 16: ("qwertyuiop[]", "QWERTYUIOP{}"),
        30: ("asdfghjkl;'`", "ASDFGHJKL:\"~"), 43: ("\\zxcvbnm,./", "|ZXCVBNM<>?"),
        57: (" ", ""), 28: ("\n", "")}


def strokes(text):
    """[(code, whether with Shift)] of the keys to tap."""
    found = {}
    for first, (plain, shifted) in ROWS.items():
        for row, shift in (plain, False), (shifted, True):
            found.update({letter: (first + i, shift) for i, letter in enumerate(row)})
    missing = sorted(set(text) - set(found))
    if missing:
        raise LabError("no key for %s" % missing)
    return [found[letter] for letter in text]
