# SPDX-License-Identifier: MIT
# xenavd is killed and restarted under guests that notice everything.
if HAVE_CMOCKA
RESTART_TESTS = \
	tests/restart/test-restart-consumers \
	tests/restart/test-restart-journal \
	tests/restart/test-restart-kill \
	tests/restart/test-restart-store \
	$(NULL)
check_PROGRAMS += $(RESTART_TESTS)
TESTS += $(RESTART_TESTS)
endif

restart_rig = \
	tests/restart/content.c \
	tests/restart/content.h \
	tests/restart/restart-rig.c \
	tests/restart/restart-rig.h \
	tests/restart/witness.c \
	tests/restart/witness.h \
	$(NULL)

tests_restart_test_restart_consumers_SOURCES = \
	tests/restart/audience.c \
	tests/restart/audience.h \
	tests/restart/test-restart-consumers.c \
	$(restart_rig)
tests_restart_test_restart_consumers_LDADD = $(daemon_test_libs)

tests_restart_test_restart_journal_SOURCES = \
	tests/restart/scene.c \
	tests/restart/scene.h \
	tests/restart/test-restart-journal.c \
	$(restart_rig)
tests_restart_test_restart_journal_LDADD = $(daemon_test_libs) daemon/libxenavd.la

tests_restart_test_restart_store_SOURCES = \
	tests/restart/scene.c \
	tests/restart/scene.h \
	tests/restart/test-restart-store.c \
	$(restart_rig)
tests_restart_test_restart_store_LDADD = $(daemon_test_libs)

tests_restart_test_restart_kill_SOURCES = tests/restart/test-restart-kill.c $(restart_rig)
tests_restart_test_restart_kill_LDADD = $(daemon_test_libs)

# As often, and under as many guests, as a release has to stand.
check-restart:
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(RESTART_TESTS)' check_PROGRAMS='$(RESTART_TESTS)' \
		\
		XENAV_RESTART_KILLS=200 XENAV_RESTART_GUESTS=16 XENAV_RESTART_JOURNALS=1000
.PHONY: check-restart
