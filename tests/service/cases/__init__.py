# SPDX-License-Identifier: MIT
"""The cases. Importing this package registers them all, in the order they are run."""

from . import install, looks, settings, restart, upgrade, purge, watchdog, xenstored  # noqa: F401
