# SPDX-License-Identifier: MIT
# xenavctl: with a status that is always the same, and with xenav-demo-daemon.
if BUILD_CTL
check_PROGRAMS += tests/ctl/fake-xenavd
tests_ctl_fake_xenavd_SOURCES = tests/ctl/fake-status.c tests/ctl/fake-status.h tests/ctl/fake-xenavd.c
tests_ctl_fake_xenavd_LDADD = lib/libwire.la

TESTS += tests/ctl/completion.test tests/ctl/golden.test
if HAVE_CMOCKA
check_PROGRAMS += tests/ctl/test-ctl
TESTS += tests/ctl/test-ctl
ctl_run = tests/ctl/ctl-run.c tests/ctl/ctl-run.h
tests_ctl_test_ctl_SOURCES = tests/ctl/test-ctl.c $(ctl_run) $(demo_rig)
tests_ctl_test_ctl_LDADD = $(DEMO_TEST_LDADD) $(JSON_LIBS)
tests_ctl_test_ctl_CFLAGS = $(AM_CFLAGS) $(JSON_CFLAGS)
EXTRA_tests_ctl_test_ctl_DEPENDENCIES = xenavctl xenav-demo-daemon

# With the real daemon.
check_PROGRAMS += tests/ctl/test-ctl-input tests/ctl/test-ctl-lab
TESTS += tests/ctl/test-ctl-input tests/ctl/test-ctl-lab
tests_ctl_test_ctl_input_SOURCES = tests/ctl/test-ctl-input.c $(ctl_run) $(input_rig)
tests_ctl_test_ctl_input_LDADD = $(daemon_test_libs) $(JSON_LIBS)
tests_ctl_test_ctl_input_CFLAGS = $(AM_CFLAGS) $(JSON_CFLAGS)
EXTRA_tests_ctl_test_ctl_input_DEPENDENCIES = xenavctl xenavd
tests_ctl_test_ctl_lab_SOURCES = tests/ctl/test-ctl-lab.c $(ctl_run)
tests_ctl_test_ctl_lab_LDADD = $(daemon_test_libs) $(JSON_LIBS)
tests_ctl_test_ctl_lab_CFLAGS = $(AM_CFLAGS) $(JSON_CFLAGS)
EXTRA_tests_ctl_test_ctl_lab_DEPENDENCIES = xenavctl xenavd
endif
endif
dist_check_SCRIPTS += tests/ctl/completion.test tests/ctl/golden.test
EXTRA_DIST += tests/ctl/golden tests/ctl/openmetrics.py
