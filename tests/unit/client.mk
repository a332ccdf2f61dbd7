# SPDX-License-Identifier: MIT

# lib/wire, libxenav and xenav-record.
dist_check_SCRIPTS += tests/unit/installed.sh tests/unit/manual-examples.sh tests/unit/xenav-header.sh
TESTS += tests/unit/installed.sh tests/unit/manual-examples.sh tests/unit/xenav-header.sh

if HAVE_CMOCKA
CLIENT_TESTS = \
	tests/unit/test-wire \
	tests/unit/test-wire-socket \
	tests/unit/test-client \
	tests/unit/test-client-callbacks \
	tests/unit/test-client-sound \
	tests/unit/test-client-capture \
	tests/unit/test-client-direct \
	tests/unit/test-client-display \
	tests/unit/test-client-formats \
	tests/unit/test-client-frames \
	tests/unit/test-client-input \
	tests/unit/test-client-layout \
	tests/unit/test-client-pause \
	tests/unit/test-client-pause-display \
	tests/unit/test-client-pause-input \
	tests/unit/test-client-pause-sound \
	tests/unit/test-client-player \
	tests/unit/test-client-recorder \
	tests/unit/test-client-threads \
	tests/unit/test-reader \
	tests/unit/test-writer \
	tests/unit/test-client-volume \
	tests/unit/test-client-waiting \
	tests/unit/test-client-watch \
	$(NULL)
check_PROGRAMS += $(CLIENT_TESTS)
TESTS += $(CLIENT_TESTS)

FAKE_DAEMON = tests/unit/fake-daemon.c tests/unit/fake-daemon.h
CLIENT_FIXTURE = $(FAKE_DAEMON) tests/unit/client-fixture.c tests/unit/client-fixture.h
CLIENT_TEST_LDADD = lib/libxenav.la lib/libwire.la tests/unit/libtest.la $(CMOCKA_LIBS)

WIRE_PAIR = $(FAKE_DAEMON) tests/unit/wire-pair.c tests/unit/wire-pair.h
WIRE_TEST_LDADD = lib/libwire.la tests/unit/libtest.la $(CMOCKA_LIBS)

tests_unit_test_wire_SOURCES = tests/unit/test-wire.c $(WIRE_PAIR)
tests_unit_test_wire_LDADD = $(WIRE_TEST_LDADD)

tests_unit_test_wire_socket_SOURCES = tests/unit/test-wire-socket.c $(WIRE_PAIR)
tests_unit_test_wire_socket_LDADD = $(WIRE_TEST_LDADD)

tests_unit_test_client_SOURCES = tests/unit/test-client.c $(CLIENT_FIXTURE)
tests_unit_test_client_LDADD = $(CLIENT_TEST_LDADD)

tests_unit_test_client_callbacks_SOURCES = tests/unit/test-client-callbacks.c $(CLIENT_FIXTURE)
tests_unit_test_client_callbacks_LDADD = $(CLIENT_TEST_LDADD)

tests_unit_test_client_sound_SOURCES = tests/unit/test-client-sound.c $(CLIENT_FIXTURE)
tests_unit_test_client_sound_LDADD = $(CLIENT_TEST_LDADD)

tests_unit_test_client_capture_SOURCES = tests/unit/test-client-capture.c $(CLIENT_FIXTURE)
tests_unit_test_client_capture_LDADD = $(CLIENT_TEST_LDADD)

tests_unit_test_client_direct_SOURCES = tests/unit/test-client-direct.c $(CLIENT_FIXTURE)
tests_unit_test_client_direct_LDADD = $(CLIENT_TEST_LDADD)

tests_unit_test_client_volume_SOURCES = tests/unit/test-client-volume.c $(CLIENT_FIXTURE)
tests_unit_test_client_volume_LDADD = $(CLIENT_TEST_LDADD)

tests_unit_test_client_display_SOURCES = tests/unit/test-client-display.c $(CLIENT_FIXTURE)
tests_unit_test_client_display_LDADD = $(CLIENT_TEST_LDADD)

tests_unit_test_client_formats_LDADD = $(CLIENT_TEST_LDADD)

tests_unit_test_client_frames_LDADD = $(CLIENT_TEST_LDADD)

tests_unit_test_client_input_SOURCES = tests/unit/test-client-input.c $(CLIENT_FIXTURE)
tests_unit_test_client_input_LDADD = $(CLIENT_TEST_LDADD)

tests_unit_test_client_layout_LDADD = tests/unit/libtest.la $(CMOCKA_LIBS)

PAUSE_RIG = $(CLIENT_FIXTURE) tests/unit/pause-rig.c tests/unit/pause-rig.h

tests_unit_test_client_pause_SOURCES = tests/unit/test-client-pause.c $(PAUSE_RIG)
tests_unit_test_client_pause_LDADD = $(CLIENT_TEST_LDADD)

tests_unit_test_client_pause_display_SOURCES = tests/unit/test-client-pause-display.c $(PAUSE_RIG)
tests_unit_test_client_pause_display_LDADD = $(CLIENT_TEST_LDADD)

tests_unit_test_client_pause_input_SOURCES = tests/unit/test-client-pause-input.c $(PAUSE_RIG)
tests_unit_test_client_pause_input_LDADD = $(CLIENT_TEST_LDADD)

tests_unit_test_client_pause_sound_SOURCES = tests/unit/test-client-pause-sound.c $(PAUSE_RIG)
tests_unit_test_client_pause_sound_LDADD = $(CLIENT_TEST_LDADD)

tests_unit_test_client_player_SOURCES = tests/unit/test-client-player.c $(CLIENT_FIXTURE)
tests_unit_test_client_player_LDADD = $(CLIENT_TEST_LDADD)

tests_unit_test_client_recorder_SOURCES = tests/unit/test-client-recorder.c $(CLIENT_FIXTURE)
tests_unit_test_client_recorder_LDADD = $(CLIENT_TEST_LDADD)

tests_unit_test_reader_SOURCES = tests/unit/test-reader.c
tests_unit_test_reader_LDADD = lib/librealtime.la lib/libwire.la tests/unit/libtest.la $(CMOCKA_LIBS)

tests_unit_test_client_waiting_SOURCES = tests/unit/test-client-waiting.c $(CLIENT_FIXTURE)
tests_unit_test_client_waiting_LDADD = $(CLIENT_TEST_LDADD)

tests_unit_test_client_threads_SOURCES = tests/unit/test-client-threads.c $(CLIENT_FIXTURE)
tests_unit_test_client_threads_LDADD = $(CLIENT_TEST_LDADD)

tests_unit_test_writer_SOURCES = tests/unit/test-writer.c
tests_unit_test_writer_LDADD = lib/librealtime.la lib/libwire.la tests/unit/libtest.la $(CMOCKA_LIBS)

tests_unit_test_client_watch_SOURCES = tests/unit/test-client-watch.c $(CLIENT_FIXTURE)
tests_unit_test_client_watch_LDADD = $(CLIENT_TEST_LDADD)

if BUILD_RECORD
RECORD_TESTS = \
	tests/unit/test-record \
	tests/unit/test-record-connect \
	tests/unit/test-record-encode \
	tests/unit/test-record-encoder \
	tests/unit/test-record-files \
	tests/unit/test-record-folder \
	tests/unit/test-record-limits \
	tests/unit/test-record-pictures \
	tests/unit/test-record-run \
	tests/unit/test-record-watch \
	$(NULL)
check_PROGRAMS += $(RECORD_TESTS)
TESTS += $(RECORD_TESTS)

RECORD_TEST_LDADD = backends/librecord.la lib/libxenav.la lib/libwire.la tests/unit/libtest.la $(CMOCKA_LIBS) $(RECORD_LIBS)

tests_unit_test_record_LDADD = $(RECORD_TEST_LDADD)

tests_unit_test_record_files_SOURCES = tests/unit/test-record-files.c $(FAKE_DAEMON)
tests_unit_test_record_files_LDADD = $(RECORD_TEST_LDADD)

tests_unit_test_record_folder_SOURCES = tests/unit/test-record-folder.c $(FAKE_DAEMON)
tests_unit_test_record_folder_LDADD = $(RECORD_TEST_LDADD)

tests_unit_test_record_encoder_SOURCES = tests/unit/test-record-encoder.c $(FAKE_DAEMON)
tests_unit_test_record_encoder_LDADD = $(RECORD_TEST_LDADD)

RECORD_RIG = $(FAKE_DAEMON) tests/unit/record-rig.c tests/unit/record-rig.h

tests_unit_test_record_pictures_SOURCES = tests/unit/test-record-pictures.c $(RECORD_RIG)
tests_unit_test_record_pictures_LDADD = $(RECORD_TEST_LDADD)
EXTRA_tests_unit_test_record_pictures_DEPENDENCIES = xenav-record

RECORD_GUEST = $(RECORD_RIG) tests/unit/record-guest.c tests/unit/record-guest.h

tests_unit_test_record_run_SOURCES = tests/unit/test-record-run.c $(RECORD_GUEST)
tests_unit_test_record_run_LDADD = $(RECORD_TEST_LDADD)
EXTRA_tests_unit_test_record_run_DEPENDENCIES = xenav-record

tests_unit_test_record_connect_SOURCES = tests/unit/test-record-connect.c $(RECORD_GUEST)
tests_unit_test_record_connect_LDADD = $(RECORD_TEST_LDADD)
EXTRA_tests_unit_test_record_connect_DEPENDENCIES = xenav-record

tests_unit_test_record_limits_SOURCES = tests/unit/test-record-limits.c $(RECORD_GUEST)
tests_unit_test_record_limits_LDADD = $(RECORD_TEST_LDADD)
EXTRA_tests_unit_test_record_limits_DEPENDENCIES = xenav-record

tests_unit_test_record_encode_SOURCES = tests/unit/test-record-encode.c $(RECORD_GUEST)
tests_unit_test_record_encode_LDADD = $(RECORD_TEST_LDADD)
EXTRA_tests_unit_test_record_encode_DEPENDENCIES = xenav-record

tests_unit_test_record_watch_SOURCES = tests/unit/test-record-watch.c $(RECORD_RIG)
tests_unit_test_record_watch_LDADD = $(RECORD_TEST_LDADD)
EXTRA_tests_unit_test_record_watch_DEPENDENCIES = xenav-record
endif
endif
