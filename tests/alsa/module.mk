# SPDX-License-Identifier: MIT

# xenav-alsa, on PCMs of alsa-lib and a sound card that is a plugin of it.
if BUILD_ALSA
if HAVE_CMOCKA
check_LTLIBRARIES += tests/alsa/libasound_module_pcm_xenavtest.la
tests_alsa_libasound_module_pcm_xenavtest_la_SOURCES = \
	tests/alsa/card.c \
	tests/alsa/card.h \
	tests/alsa/pcm-card.c \
	$(NULL)
# A path makes libtool build a module of what is not installed.
tests_alsa_libasound_module_pcm_xenavtest_la_CFLAGS = $(AM_CFLAGS)
tests_alsa_libasound_module_pcm_xenavtest_la_LDFLAGS = -module -avoid-version -shared -rpath $(abs_builddir)
tests_alsa_libasound_module_pcm_xenavtest_la_LIBADD = $(ALSA_LIBS)

check_LTLIBRARIES += tests/alsa/libasound_module_ctl_xenavtest.la
tests_alsa_libasound_module_ctl_xenavtest_la_SOURCES = \
	tests/alsa/card.c \
	tests/alsa/card.h \
	tests/alsa/ctl-card.c \
	$(NULL)
tests_alsa_libasound_module_ctl_xenavtest_la_CFLAGS = $(AM_CFLAGS)
tests_alsa_libasound_module_ctl_xenavtest_la_LDFLAGS = -module -avoid-version -shared -rpath $(abs_builddir)
tests_alsa_libasound_module_ctl_xenavtest_la_LIBADD = $(ALSA_LIBS)

ALSA_TESTS = \
	tests/alsa/test-alsa-drift \
	tests/alsa/test-alsa-faults \
	tests/alsa/test-alsa-guests \
	tests/alsa/test-alsa-latency \
	tests/alsa/test-alsa-parts \
	tests/alsa/test-alsa-pump \
	$(NULL)
check_PROGRAMS += $(ALSA_TESTS)
TESTS += $(ALSA_TESTS)

ALSA_RIG = \
	tests/alsa/alsa-rig.c \
	tests/alsa/alsa-rig.h \
	tests/alsa/card.c \
	tests/alsa/card.h \
	$(NULL)
ALSA_TIME = tests/alsa/virtual-time.c tests/alsa/virtual-time.h
ALSA_TEST_LDADD = backends/libalsa.la lib/libxenav.la lib/libwire.la tests/unit/libtest.la $(CMOCKA_LIBS) $(ALSA_LIBS)

# With the real xenavd.
ALSA_PROCESS = tests/alsa/alsa-process.c tests/alsa/alsa-process.h $(ALSA_RIG)
tests_alsa_test_alsa_faults_SOURCES = tests/alsa/test-alsa-faults.c $(ALSA_PROCESS)
tests_alsa_test_alsa_faults_LDADD = $(daemon_test_libs) $(ALSA_LIBS)
EXTRA_tests_alsa_test_alsa_faults_DEPENDENCIES = xenav-alsa

tests_alsa_test_alsa_guests_SOURCES = tests/alsa/test-alsa-guests.c $(ALSA_PROCESS)
tests_alsa_test_alsa_guests_LDADD = $(daemon_test_libs) $(ALSA_LIBS)
EXTRA_tests_alsa_test_alsa_guests_DEPENDENCIES = xenav-alsa

tests_alsa_test_alsa_latency_SOURCES = tests/alsa/test-alsa-latency.c $(spread) $(ALSA_PROCESS)
tests_alsa_test_alsa_latency_LDADD = $(daemon_test_libs) $(ALSA_LIBS)
EXTRA_tests_alsa_test_alsa_latency_DEPENDENCIES = xenav-alsa

# With the player of libxenav and xenavd's account of positions.
tests_alsa_test_alsa_drift_SOURCES = tests/alsa/test-alsa-drift.c $(ALSA_RIG) $(ALSA_TIME) $(FAKE_DAEMON)
tests_alsa_test_alsa_drift_LDADD = backends/libalsa.la lib/libxenav.la $(LDADD) $(ALSA_LIBS)

tests_alsa_test_alsa_parts_SOURCES = tests/alsa/test-alsa-parts.c $(ALSA_RIG)
tests_alsa_test_alsa_parts_LDADD = $(ALSA_TEST_LDADD)

tests_alsa_test_alsa_pump_SOURCES = tests/alsa/test-alsa-pump.c $(ALSA_RIG) $(ALSA_TIME)
tests_alsa_test_alsa_pump_LDADD = $(ALSA_TEST_LDADD)
endif
endif
