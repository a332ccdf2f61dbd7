# SPDX-License-Identifier: MIT
"""The machinery of the real-Xen tests: images, virtual machines, saved states, verifiers."""
