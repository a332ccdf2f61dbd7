# SPDX-License-Identifier: MIT
# The tests of daemon/sound and of the guest buffers.  stream-fake.c takes the place of the channels,
# the buffers, the timers and the clock.
if HAVE_CMOCKA
sound_tests = \
	tests/unit/test-drift \
	tests/unit/test-format \
	tests/unit/test-gbuf \
	tests/unit/test-hwparams \
	tests/unit/test-hwparams-least \
	tests/unit/test-progress \
	tests/unit/test-progress-carry \
	tests/unit/test-progress-edge \
	tests/unit/test-progress-pace \
	tests/unit/test-silence \
	tests/unit/test-sound-config \
	tests/unit/test-stream \
	tests/unit/test-stream-capture \
	tests/unit/test-stream-consumer \
	tests/unit/test-stream-rings \
	tests/unit/test-stream-suspend \
	tests/unit/test-stream-transfer \
	tests/unit/test-stream-volume \
	tests/unit/test-stream-watch \
	$(NULL)
check_PROGRAMS += $(sound_tests)
TESTS += $(sound_tests)
endif

progress_rig = tests/unit/progress-rig.c tests/unit/progress-rig.h
stream_rig = \
	tests/unit/stream-fake.c \
	tests/unit/stream-rig.c \
	tests/unit/stream-rig.h \
	$(NULL)
watch_rig = $(stream_rig) tests/unit/watch-rig.c tests/unit/watch-rig.h

tests_unit_test_gbuf_SOURCES = tests/unit/test-gbuf.c $(supply_rig)
tests_unit_test_gbuf_LDADD = $(machine_libs)

tests_unit_test_progress_SOURCES = tests/unit/test-progress.c $(progress_rig)
tests_unit_test_progress_edge_SOURCES = tests/unit/test-progress-edge.c $(progress_rig)
tests_unit_test_progress_pace_SOURCES = tests/unit/test-progress-pace.c $(progress_rig)

tests_unit_test_stream_SOURCES = tests/unit/test-stream.c $(stream_rig)
tests_unit_test_stream_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_gettime

tests_unit_test_stream_capture_SOURCES = tests/unit/test-stream-capture.c $(stream_rig)
tests_unit_test_stream_capture_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_gettime

tests_unit_test_stream_transfer_SOURCES = tests/unit/test-stream-transfer.c $(stream_rig)
tests_unit_test_stream_transfer_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_gettime

tests_unit_test_stream_consumer_SOURCES = tests/unit/test-stream-consumer.c $(stream_rig)
tests_unit_test_stream_consumer_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_gettime

tests_unit_test_stream_suspend_SOURCES = tests/unit/test-stream-suspend.c $(stream_rig)
tests_unit_test_stream_suspend_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_gettime

tests_unit_test_stream_volume_SOURCES = tests/unit/test-stream-volume.c $(stream_rig)
tests_unit_test_stream_volume_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_gettime

tests_unit_test_stream_rings_SOURCES = tests/unit/test-stream-rings.c $(watch_rig)
tests_unit_test_stream_rings_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_gettime

tests_unit_test_stream_watch_SOURCES = tests/unit/test-stream-watch.c $(watch_rig)
tests_unit_test_stream_watch_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_gettime
