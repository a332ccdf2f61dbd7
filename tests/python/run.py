# SPDX-License-Identifier: MIT
"""All tests of the module, see xenav.test."""
import sys

sys.dont_write_bytecode = True

import rig  # noqa: E402
import test_command  # noqa: E402,F401
import test_formats  # noqa: E402,F401
import test_guests  # noqa: E402,F401

sys.exit(rig.run())
