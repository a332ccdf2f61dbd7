# SPDX-License-Identifier: MIT
"""The cases. Importing this package registers them all, in the order they are run."""

from . import lifecycle, sound, display, consumer, shbuf, badstart  # noqa: F401
