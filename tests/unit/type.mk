# SPDX-License-Identifier: MIT

# xenav-type, without a daemon; daemon/test-type has one.
if HAVE_CMOCKA
if BUILD_TYPE
TYPE_TESTS = \
	tests/unit/test-type \
	tests/unit/test-type-layout \
	$(NULL)
check_PROGRAMS += $(TYPE_TESTS)
TESTS += $(TYPE_TESTS)

# A program of a guest, which reads what is typed.
TYPE_CONSOLE = tests/unit/type-console.c tests/unit/type-console.h
TYPE_TEST_LDADD = backends/libtype.la lib/libxenav.la lib/libwire.la tests/unit/libtest.la $(CMOCKA_LIBS) $(XKBCOMMON_LIBS)

tests_unit_test_type_LDADD = $(TYPE_TEST_LDADD)

tests_unit_test_type_layout_SOURCES = tests/unit/test-type-layout.c $(TYPE_CONSOLE)
tests_unit_test_type_layout_LDADD = $(TYPE_TEST_LDADD)
endif
endif
