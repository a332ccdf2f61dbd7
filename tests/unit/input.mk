# SPDX-License-Identifier: MIT
# The tests of daemon/input and of the page that it writes.
if HAVE_CMOCKA
input_tests = \
	tests/unit/test-input-box \
	tests/unit/test-input-engine \
	tests/unit/test-input-feeder \
	tests/unit/test-input-feeders \
	tests/unit/test-input-keeping \
	tests/unit/test-input-pace \
	tests/unit/test-input-published \
	tests/unit/test-input-queue \
	tests/unit/test-input-sender \
	tests/unit/test-input-state \
	tests/unit/test-kbdpage \
	$(NULL)
check_PROGRAMS += $(input_tests)
TESTS += $(input_tests)
endif

input_one = tests/unit/input-one.c tests/unit/input-one.h
tests_unit_test_input_engine_SOURCES = tests/unit/test-input-engine.c $(input_one)
tests_unit_test_input_keeping_SOURCES = tests/unit/test-input-keeping.c $(input_one) $(fdstore_rig)
