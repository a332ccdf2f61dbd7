# SPDX-License-Identifier: MIT
# The tests of daemon/consumer.  The rig brings its own streams, connectors and log, so that of
# libxenavd only the consumer part is linked.
if HAVE_CMOCKA
consumer_tests = \
	tests/unit/test-consumer-access \
	tests/unit/test-consumer-backlog \
	tests/unit/test-consumer-claims \
	tests/unit/test-consumer-full \
	tests/unit/test-consumer-inputs \
	tests/unit/test-consumer-reserve \
	tests/unit/test-consumer-outbox \
	tests/unit/test-consumer-server \
	tests/unit/test-consumer-session \
	tests/unit/test-consumer-status \
	tests/unit/test-consumer-monitor \
	tests/unit/test-consumer-storm \
	tests/unit/test-consumer-tokens \
	tests/unit/test-consumer-waiting \
	tests/unit/test-consumer-watch \
	$(NULL)
check_PROGRAMS += $(consumer_tests)
TESTS += $(consumer_tests)
endif

consumer_rig = \
	tests/unit/test-consumer-objects.c \
	tests/unit/test-consumer-rig.c \
	tests/unit/test-consumer-rig.h \
	$(NULL)
consumer_backlog = tests/unit/consumer-backlog.c tests/unit/consumer-backlog.h $(consumer_rig)

tests_unit_test_consumer_access_SOURCES = tests/unit/test-consumer-access.c $(consumer_rig)
tests_unit_test_consumer_backlog_SOURCES = tests/unit/test-consumer-backlog.c $(consumer_backlog)
tests_unit_test_consumer_claims_SOURCES = tests/unit/test-consumer-claims.c $(consumer_rig)
tests_unit_test_consumer_full_SOURCES = tests/unit/test-consumer-full.c $(consumer_backlog)
tests_unit_test_consumer_inputs_SOURCES = tests/unit/test-consumer-inputs.c $(consumer_rig)
tests_unit_test_consumer_reserve_SOURCES = tests/unit/test-consumer-reserve.c $(consumer_rig) $(fdstore_rig)
tests_unit_test_consumer_server_SOURCES = tests/unit/test-consumer-server.c $(consumer_rig)
tests_unit_test_consumer_session_SOURCES = tests/unit/test-consumer-session.c $(consumer_rig)
tests_unit_test_consumer_status_SOURCES = tests/unit/test-consumer-status.c $(consumer_rig)
tests_unit_test_consumer_monitor_SOURCES = tests/unit/test-consumer-monitor.c $(consumer_rig)
tests_unit_test_consumer_storm_SOURCES = tests/unit/test-consumer-storm.c $(consumer_rig)
tests_unit_test_consumer_tokens_SOURCES = tests/unit/test-consumer-tokens.c $(consumer_rig)
tests_unit_test_consumer_waiting_SOURCES = tests/unit/test-consumer-waiting.c $(consumer_rig)
tests_unit_test_consumer_watch_SOURCES = tests/unit/test-consumer-watch.c $(consumer_rig)
