# SPDX-License-Identifier: MIT
"""What can go wrong, in three kinds that a caller treats differently."""


class Skip(Exception):
    """This machine cannot run it; the text says why in one sentence."""


class LabError(Exception):
    """The machinery itself failed (a download, a boot, a timeout)."""


class Failure(Exception):
    """What was being tested is wrong; the text says what was expected and what came."""
