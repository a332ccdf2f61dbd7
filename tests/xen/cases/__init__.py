# SPDX-License-Identifier: MIT
"""The cases. Importing this package registers them all, in the order they are run."""

from . import lifecycle, reboot, hotplug, unload, pause, restart, guests, domain  # noqa: F401
from . import sound, convert, display, large, consumer, input, shbuf, badstart  # noqa: F401
from . import servers, desktop, alsa, vnc  # noqa: F401
