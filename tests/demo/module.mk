# SPDX-License-Identifier: MIT
# xenav-demo-daemon, with libxenav.  demo_rig is for the tests of other consumers, too: see demo.h.
demo_rig = tests/demo/demo.c tests/demo/demo.h tests/demo/reference.h
demo_user = $(demo_rig) tests/demo/user.c tests/demo/user.h

if HAVE_CMOCKA
demo_tests = \
	tests/demo/test-demo \
	tests/demo/test-demo-display \
	tests/demo/test-demo-ear \
	tests/demo/test-demo-plug \
	tests/demo/test-demo-sound \
	$(NULL)
check_PROGRAMS += $(demo_tests)
TESTS += $(demo_tests)
endif

TESTS += tests/demo/examples.test
dist_check_SCRIPTS += tests/demo/examples.test
EXTRA_DIST += tests/demo/reference.py

DEMO_TEST_LDADD = lib/libxenav.la tests/unit/libtest.la $(CMOCKA_LIBS) -lm
tests_demo_test_demo_SOURCES = tests/demo/test-demo.c $(demo_user)
tests_demo_test_demo_LDADD = $(DEMO_TEST_LDADD)
tests_demo_test_demo_display_SOURCES = tests/demo/test-demo-display.c $(demo_user)
tests_demo_test_demo_display_LDADD = $(DEMO_TEST_LDADD)
tests_demo_test_demo_ear_SOURCES = tests/demo/test-demo-ear.c daemon/demo/ear.c daemon/demo/tune.c tests/demo/reference.h
tests_demo_test_demo_ear_LDADD = $(DEMO_TEST_LDADD) lib/libwire.la
tests_demo_test_demo_plug_SOURCES = tests/demo/test-demo-plug.c daemon/demo/plug.c
tests_demo_test_demo_plug_LDADD = $(LDADD)
tests_demo_test_demo_sound_SOURCES = tests/demo/test-demo-sound.c $(demo_user)
tests_demo_test_demo_sound_LDADD = $(DEMO_TEST_LDADD)
