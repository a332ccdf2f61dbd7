# SPDX-License-Identifier: MIT
# The tests of daemon/sound and of the guest buffers.  stream-rig.c takes the place of the channels,
# the buffers, the timers and the clock.
if HAVE_CMOCKA
sound_tests = \
	tests/unit/test-format \
	tests/unit/test-gbuf \
	tests/unit/test-hwparams \
	tests/unit/test-hwparams-least \
	tests/unit/test-progress \
	tests/unit/test-progress-carry \
	tests/unit/test-silence \
	tests/unit/test-sound-config \
	tests/unit/test-stream \
	tests/unit/test-stream-capture \
	tests/unit/test-stream-consumer \
	tests/unit/test-stream-fields \
	tests/unit/test-stream-suspend \
	tests/unit/test-stream-transfer \
	tests/unit/test-stream-volume \
	tests/unit/test-stream-watch \
	$(NULL)
check_PROGRAMS += $(sound_tests)
TESTS += $(sound_tests)
endif

stream_rig = \
	tests/unit/count-fds.c \
	tests/unit/count-fds.h \
	tests/unit/stream-rig.c \
	tests/unit/stream-rig.h \
	$(NULL)
sound_cflags = $(AM_CFLAGS) $(LIBEVENT_CFLAGS) $(CMOCKA_CFLAGS)
sound_libs = daemon/libxenavd.la $(CMOCKA_LIBS)

tests_unit_test_format_SOURCES = tests/unit/test-format.c
tests_unit_test_format_CFLAGS = $(sound_cflags)
tests_unit_test_format_LDADD = $(sound_libs)

tests_unit_test_gbuf_SOURCES = tests/unit/test-gbuf.c
tests_unit_test_gbuf_CFLAGS = $(sound_cflags)
tests_unit_test_gbuf_LDADD = $(sound_libs)

tests_unit_test_hwparams_SOURCES = tests/unit/test-hwparams.c
tests_unit_test_hwparams_CFLAGS = $(sound_cflags)
tests_unit_test_hwparams_LDADD = $(sound_libs)

tests_unit_test_hwparams_least_SOURCES = tests/unit/test-hwparams-least.c
tests_unit_test_hwparams_least_CFLAGS = $(sound_cflags)
tests_unit_test_hwparams_least_LDADD = $(sound_libs)

tests_unit_test_progress_SOURCES = tests/unit/test-progress.c
tests_unit_test_progress_CFLAGS = $(sound_cflags)
tests_unit_test_progress_LDADD = $(sound_libs)

tests_unit_test_silence_SOURCES = tests/unit/test-silence.c
tests_unit_test_silence_CFLAGS = $(sound_cflags)
tests_unit_test_silence_LDADD = $(sound_libs)

tests_unit_test_progress_carry_SOURCES = tests/unit/test-progress-carry.c
tests_unit_test_progress_carry_CFLAGS = $(sound_cflags)
tests_unit_test_progress_carry_LDADD = $(sound_libs)

tests_unit_test_sound_config_SOURCES = tests/unit/test-sound-config.c
tests_unit_test_sound_config_CFLAGS = $(sound_cflags)
tests_unit_test_sound_config_LDADD = $(sound_libs)

tests_unit_test_stream_SOURCES = tests/unit/test-stream.c $(stream_rig)
tests_unit_test_stream_CFLAGS = $(sound_cflags)
tests_unit_test_stream_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_gettime
tests_unit_test_stream_LDADD = $(sound_libs)

tests_unit_test_stream_capture_SOURCES = tests/unit/test-stream-capture.c $(stream_rig)
tests_unit_test_stream_capture_CFLAGS = $(sound_cflags)
tests_unit_test_stream_capture_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_gettime
tests_unit_test_stream_capture_LDADD = $(sound_libs)

tests_unit_test_stream_transfer_SOURCES = tests/unit/test-stream-transfer.c $(stream_rig)
tests_unit_test_stream_transfer_CFLAGS = $(sound_cflags)
tests_unit_test_stream_transfer_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_gettime
tests_unit_test_stream_transfer_LDADD = $(sound_libs)

tests_unit_test_stream_consumer_SOURCES = tests/unit/test-stream-consumer.c $(stream_rig)
tests_unit_test_stream_consumer_CFLAGS = $(sound_cflags)
tests_unit_test_stream_consumer_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_gettime
tests_unit_test_stream_consumer_LDADD = $(sound_libs)

tests_unit_test_stream_fields_SOURCES = tests/unit/test-stream-fields.c $(stream_rig) $(fields)
tests_unit_test_stream_fields_CFLAGS = $(sound_cflags) -I$(top_srcdir)/tests
tests_unit_test_stream_fields_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_gettime
tests_unit_test_stream_fields_LDADD = $(sound_libs)

tests_unit_test_stream_suspend_SOURCES = tests/unit/test-stream-suspend.c $(stream_rig)
tests_unit_test_stream_suspend_CFLAGS = $(sound_cflags)
tests_unit_test_stream_suspend_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_gettime
tests_unit_test_stream_suspend_LDADD = $(sound_libs)

tests_unit_test_stream_volume_SOURCES = tests/unit/test-stream-volume.c $(stream_rig)
tests_unit_test_stream_volume_CFLAGS = $(sound_cflags)
tests_unit_test_stream_volume_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_gettime
tests_unit_test_stream_volume_LDADD = $(sound_libs)

tests_unit_test_stream_watch_SOURCES = tests/unit/test-stream-watch.c $(stream_rig)
tests_unit_test_stream_watch_CFLAGS = $(sound_cflags)
tests_unit_test_stream_watch_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_gettime
tests_unit_test_stream_watch_LDADD = $(sound_libs)
