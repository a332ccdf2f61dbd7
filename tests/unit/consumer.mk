# SPDX-License-Identifier: MIT
# The tests of daemon/consumer.  The rig brings its own streams, connectors and log, so that of
# libxenavd only the consumer part is linked.
if HAVE_CMOCKA
consumer_tests = \
	tests/unit/test-consumer-access \
	tests/unit/test-consumer-backlog \
	tests/unit/test-consumer-claims \
	tests/unit/test-consumer-outbox \
	tests/unit/test-consumer-server \
	tests/unit/test-consumer-session \
	tests/unit/test-consumer-storm \
	tests/unit/test-consumer-tokens \
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
consumer_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(LIBEVENT_CFLAGS)
consumer_libs = daemon/libxenavd.la lib/libwire.la $(LIBEVENT_LIBS) $(CMOCKA_LIBS)

tests_unit_test_consumer_access_SOURCES = tests/unit/test-consumer-access.c $(consumer_rig)
tests_unit_test_consumer_access_CFLAGS = $(consumer_cflags)
tests_unit_test_consumer_access_LDADD = $(consumer_libs)

tests_unit_test_consumer_backlog_SOURCES = tests/unit/test-consumer-backlog.c $(consumer_rig)
tests_unit_test_consumer_backlog_CFLAGS = $(consumer_cflags)
tests_unit_test_consumer_backlog_LDADD = $(consumer_libs)

tests_unit_test_consumer_claims_SOURCES = tests/unit/test-consumer-claims.c $(consumer_rig)
tests_unit_test_consumer_claims_CFLAGS = $(consumer_cflags)
tests_unit_test_consumer_claims_LDADD = $(consumer_libs)

tests_unit_test_consumer_outbox_SOURCES = tests/unit/test-consumer-outbox.c
tests_unit_test_consumer_outbox_CFLAGS = $(consumer_cflags)
tests_unit_test_consumer_outbox_LDADD = $(consumer_libs)

tests_unit_test_consumer_server_SOURCES = tests/unit/test-consumer-server.c $(consumer_rig)
tests_unit_test_consumer_server_CFLAGS = $(consumer_cflags)
tests_unit_test_consumer_server_LDADD = $(consumer_libs)

tests_unit_test_consumer_session_SOURCES = tests/unit/test-consumer-session.c $(consumer_rig)
tests_unit_test_consumer_session_CFLAGS = $(consumer_cflags)
tests_unit_test_consumer_session_LDADD = $(consumer_libs)

tests_unit_test_consumer_storm_SOURCES = tests/unit/test-consumer-storm.c $(consumer_rig)
tests_unit_test_consumer_storm_CFLAGS = $(consumer_cflags)
tests_unit_test_consumer_storm_LDADD = $(consumer_libs)

tests_unit_test_consumer_tokens_SOURCES = tests/unit/test-consumer-tokens.c $(consumer_rig)
tests_unit_test_consumer_tokens_CFLAGS = $(consumer_cflags)
tests_unit_test_consumer_tokens_LDADD = $(consumer_libs)

tests_unit_test_consumer_watch_SOURCES = tests/unit/test-consumer-watch.c $(consumer_rig)
tests_unit_test_consumer_watch_CFLAGS = $(consumer_cflags)
tests_unit_test_consumer_watch_LDADD = $(consumer_libs)
