# SPDX-License-Identifier: MIT

# backends/common.
if HAVE_CMOCKA
COMMON_TESTS = tests/unit/test-link tests/unit/test-loop
check_PROGRAMS += $(COMMON_TESTS)
TESTS += $(COMMON_TESTS)

COMMON_TEST_LDADD = backends/libloop.la backends/libcommon.la lib/libxenav.la lib/libwire.la tests/unit/libtest.la $(CMOCKA_LIBS)

tests_unit_test_link_SOURCES = tests/unit/test-link.c $(FAKE_DAEMON)
tests_unit_test_link_LDADD = $(COMMON_TEST_LDADD)

tests_unit_test_loop_SOURCES = tests/unit/test-loop.c $(FAKE_DAEMON)
tests_unit_test_loop_LDADD = $(COMMON_TEST_LDADD)
endif
