# SPDX-License-Identifier: MIT
"""All tests of the module, see xenav.test."""
import sys

import rig
import test_command  # noqa: F401
import test_formats  # noqa: F401
import test_guests  # noqa: F401

sys.exit(rig.run())
