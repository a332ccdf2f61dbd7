# SPDX-License-Identifier: MIT
"""What goes wrong, besides OSError of the connection and TimeoutError."""
import os


class Gone(Exception):
    """The object was removed, or the connection was closed."""


class Refused(OSError):
    """xenavd refuses a claim: EBUSY while another program drives the object, EACCES without the right
    to it, EUSERS while too many watch or feed it."""

    def __init__(self, what, error):
        super().__init__(-error, '%s: %s' % (what, os.strerror(-error)))
