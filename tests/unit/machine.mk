# SPDX-License-Identifier: MIT
# The tests of what the tests of restarts stand on: the machine and the service manager of tests/fake.
if HAVE_CMOCKA
machine_tests = tests/unit/test-machine-restart tests/unit/test-service
check_PROGRAMS += $(machine_tests)
TESTS += $(machine_tests)
endif

tests_unit_test_machine_restart_SOURCES = tests/unit/test-machine-restart.c $(machine_rig)
tests_unit_test_machine_restart_LDADD = $(machine_libs)

tests_unit_test_service_LDADD = $(daemon_test_libs) $(LIBSYSTEMD_LIBS)
