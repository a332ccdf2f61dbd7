# SPDX-License-Identifier: MIT
"""All tests of the module, see xenav.test."""
import signal
import sys

import rig
import test_command  # noqa: F401
import test_formats  # noqa: F401
import test_guests  # noqa: F401

# A shell without job control ignores it, and so would the programs of the tests.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(rig.run())
