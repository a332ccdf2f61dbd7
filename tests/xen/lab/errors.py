# SPDX-License-Identifier: MIT
"""Kinds of errors that a caller treats differently."""


class Skip(Exception):
    """This machine cannot run the case; the text is one sentence with the reason."""


class LabError(Exception):
    """The machinery itself failed (a download, a boot, a timeout)."""


class Failure(Exception):
    """The tested program is wrong; the text has the expected and the actual result."""


class TooBusy(Failure):
    """The emulated guest itself was late, which says nothing about the tested program: a case with
    this failure is run again, with a new machine."""
