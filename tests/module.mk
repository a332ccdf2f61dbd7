# SPDX-License-Identifier: MIT
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/tests/time-test $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
TEST_LOG_DRIVER = $(LOG_DRIVER)
AM_TESTS_ENVIRONMENT = top_srcdir='$(abs_top_srcdir)'; top_builddir='$(abs_top_builddir)'; \
	CC='$(CC)'; CXX='$(CXX)'; export top_srcdir top_builddir CC CXX;

# The same for all tests, so that what they share is compiled once.  A test of one file that links the
# daemon needs no more than its name in a list; what it defines itself is not taken from the library.
AM_CPPFLAGS += -I$(top_srcdir)/backends -I$(top_srcdir)/tests
AM_CPPFLAGS += $(ALSA_CFLAGS) $(CMOCKA_CFLAGS) $(LIBEVENT_CFLAGS) $(RECORD_CFLAGS) $(XENEVTCHN_CFLAGS) $(XENSTORE_CFLAGS) $(XKBCOMMON_CFLAGS)
LDADD = tests/unit/libtest.la daemon/libxenavd.la lib/libwire.la $(LIBEVENT_LIBS) $(CMOCKA_LIBS)

spread = tests/bench/spread.c tests/bench/spread.h
machine_rig = tests/unit/machine-rig.c tests/unit/machine-rig.h
machine_libs = tests/fake/libfakexen.la $(LDADD)

include tests/bench/module.mk
include tests/demo/module.mk
include tests/ctl/module.mk
include tests/fake/module.mk
include tests/pipewire/module.mk
include tests/python/module.mk
include tests/unit/client.mk
include tests/unit/common.mk
include tests/unit/consumer.mk
include tests/unit/display.mk
include tests/unit/journal.mk
include tests/unit/shbuf.mk
include tests/unit/input.mk
include tests/unit/machine.mk
include tests/unit/sound.mk
include tests/unit/type.mk
include tests/unit/xen.mk
include tests/alsa/module.mk
include tests/vnc/module.mk
include tests/view/module.mk
include tests/web/module.mk
include tests/restart/module.mk
include tests/service/module.mk
include tests/xen/module.mk
include tests/fuzz/module.mk

# Programs that are never installed need nothing of libtool, which would take most of the time that a
# build takes.
$(check_PROGRAMS): private LINK = $(SHELL) $(top_srcdir)/tests/link-program \
	$(CCLD) $(AM_CFLAGS) $(CFLAGS) $(AM_LDFLAGS) $(LDFLAGS) -o $@
EXTRA_DIST += tests/link-program

check_LTLIBRARIES += tests/unit/libtest.la
tests_unit_libtest_la_SOURCES = \
	tests/unit/apart.c \
	tests/unit/count-fds.c \
	tests/unit/count-fds.h \
	tests/unit/hold.h \
	tests/unit/test-main.c \
	tests/unit/test-priv.h \
	tests/unit/test.c \
	tests/unit/test.h \
	$(NULL)

if HAVE_SYSTEMD
TESTS += tests/unit/unit-file.sh
endif
EXTRA_DIST += tests/unit/unit-file.sh
TESTS += tests/unit/config-file.sh
EXTRA_DIST += tests/unit/config-file.sh
TESTS += tests/unit/manual-counts.sh
EXTRA_DIST += tests/unit/manual-counts.sh

# How tests run.
check_PROGRAMS += tests/unit/failing
tests_unit_failing_LDADD = tests/unit/libtest.la $(CMOCKA_LIBS)
TESTS += tests/unit/apart.sh
EXTRA_DIST += tests/unit/apart.sh

# How the code is built: circles of files, lengths, fragments.
TESTS += tests/house.test tests/unit/check-house.sh
dist_check_SCRIPTS += tests/check-house tests/house.test tests/unit/check-house.sh

# How long tests take.
TESTS += tests/unit/failures.sh tests/unit/slowest.sh
dist_check_SCRIPTS += tests/failures tests/slowest tests/time-test
dist_check_SCRIPTS += tests/unit/failures.sh tests/unit/slowest.sh
EXTRA_DIST += tests/unit/judge.sh

# The same tests with other builds of everything, each in a folder of its own: all of them where memory
# is watched, and where races are, those of which a program has threads.
check-asan:
	$(top_srcdir)/tests/build-in $(abs_builddir)/out/asan --enable-sanitizers=address,undefined
	$(MAKE) $(AM_MAKEFLAGS) -C out/asan/build check
check-tsan:
	$(top_srcdir)/tests/build-in $(abs_builddir)/out/tsan --enable-sanitizers=thread
	$(MAKE) $(AM_MAKEFLAGS) -C out/tsan/build check-threads

thread_tests = \
	$(ALSA_TESTS) \
	$(RECORD_TESTS) \
	$(VNC_RUNS) \
	$(WEB_TESTS) \
	$(daemon_tests) \
	$(demo_tests) \
	tests/unit/test-channel \
	tests/unit/test-channel-serve \
	tests/unit/test-client-threads \
	tests/unit/test-closer \
	tests/unit/test-display-threads \
	tests/unit/test-store-known \
	tests/unit/test-store-stir \
	tests/unit/test-worker \
	$(NULL)
check-threads:
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(thread_tests)' \
		check_PROGRAMS='$(filter-out $(VNC_RUNS),$(thread_tests))'

# The tarball builds and its unit tests pass; those of the whole daemon would be the same again.
check-dist:
	CONFIG_SHELL=/bin/sh $(MAKE) $(AM_MAKEFLAGS) distcheck TESTS='$(filter tests/unit/%,$(TESTS))' \
		check_PROGRAMS='$(filter tests/unit/% lib/examples/%,$(check_PROGRAMS))'

EXTRA_DIST += tests/build-in tests/check-all
.PHONY: check-asan check-dist check-threads check-tsan
