# SPDX-License-Identifier: MIT
# xenav-pipewire against a real PipeWire server, with the daemon's lab, and its camera in a browser.
dist_check_SCRIPTS += tests/pipewire/camera.test
if BUILD_PIPEWIRE
TESTS += tests/pipewire/camera.test
endif

if HAVE_CMOCKA
if BUILD_PIPEWIRE
pipewire_tests = \
	tests/pipewire/test-pipewire-capture \
	tests/pipewire/test-pipewire-formats \
	tests/pipewire/test-pipewire-gstreamer \
	tests/pipewire/test-pipewire-life \
	tests/pipewire/test-pipewire-sound \
	tests/pipewire/test-pipewire-video \
	tests/pipewire/test-pipewire-volume \
	$(NULL)
daemon_tests += $(pipewire_tests)
check_PROGRAMS += tests/pipewire/test-pipewire-pure
TESTS += tests/pipewire/test-pipewire-pure

check_LTLIBRARIES += tests/pipewire/libdesk.la
tests_pipewire_libdesk_la_SOURCES = \
	tests/pipewire/desk-priv.h \
	tests/pipewire/desk.c \
	tests/pipewire/desk.h \
	tests/pipewire/ear.c \
	tests/pipewire/eye.c \
	tests/pipewire/pw-lab.c \
	tests/pipewire/pw-lab.h \
	tests/pipewire/pw-rig.c \
	tests/pipewire/pw-rig.h \
	$(NULL)
tests_pipewire_libdesk_la_CFLAGS = $(AM_CFLAGS) $(PIPEWIRE_CFLAGS)
tests_pipewire_libdesk_la_LIBADD = $(PIPEWIRE_LIBS)

pipewire_test_libs = tests/pipewire/libdesk.la $(daemon_test_libs) $(PIPEWIRE_LIBS)
tests_pipewire_test_pipewire_capture_LDADD = $(pipewire_test_libs)
tests_pipewire_test_pipewire_formats_LDADD = $(pipewire_test_libs) -lm
tests_pipewire_test_pipewire_gstreamer_LDADD = $(pipewire_test_libs)
tests_pipewire_test_pipewire_life_LDADD = $(pipewire_test_libs)
tests_pipewire_test_pipewire_sound_LDADD = $(pipewire_test_libs)
tests_pipewire_test_pipewire_video_LDADD = $(pipewire_test_libs)
tests_pipewire_test_pipewire_volume_LDADD = $(pipewire_test_libs)

tests_pipewire_test_pipewire_pure_CFLAGS = $(AM_CFLAGS) $(PIPEWIRE_CFLAGS)
tests_pipewire_test_pipewire_pure_LDADD = backends/libpipewire.la lib/libxenav.la lib/libwire.la \
	tests/unit/libtest.la $(CMOCKA_LIBS)

# Where a stream begins; PIPEWIRE is the length of the graph's cycle in frames.
EXTRA_PROGRAMS += tests/bench/bench-pipewire
tests_bench_bench_pipewire_SOURCES = tests/bench/bench-pipewire.c
tests_bench_bench_pipewire_LDADD = $(pipewire_test_libs)
bench-pipewire: tests/bench/bench-pipewire$(EXEEXT) tests/fake/libfakexen.la xenavd$(EXEEXT) xenav-pipewire$(EXEEXT)
	tests/bench/bench-pipewire $(PIPEWIRE)
endif
endif
.PHONY: bench-pipewire
