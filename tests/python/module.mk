# SPDX-License-Identifier: MIT
check_PROGRAMS += tests/python/layout
tests_python_layout_SOURCES = tests/python/layout.c
tests_python_layout_LDADD =

TESTS += tests/python/xenav.test
dist_check_SCRIPTS += tests/python/xenav.test
EXTRA_DIST += \
	tests/python/rig.py \
	tests/python/run.py \
	tests/python/test_command.py \
	tests/python/test_formats.py \
	tests/python/test_guests.py \
	$(NULL)
