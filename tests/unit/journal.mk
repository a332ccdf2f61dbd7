# SPDX-License-Identifier: MIT
# daemon/journal and daemon/service/fdstore.c.
fdstore_rig = tests/unit/fdstore-rig.c tests/unit/fdstore-rig.h

if HAVE_CMOCKA
JOURNAL_TESTS = tests/unit/test-fdstore tests/unit/test-journal tests/unit/test-journal-format
check_PROGRAMS += $(JOURNAL_TESTS)
TESTS += $(JOURNAL_TESTS)
endif

tests_unit_test_fdstore_SOURCES = tests/unit/test-fdstore.c $(fdstore_rig)
tests_unit_test_journal_SOURCES = tests/unit/test-journal.c $(fdstore_rig)
tests_unit_test_journal_format_SOURCES = tests/unit/test-journal-format.c
