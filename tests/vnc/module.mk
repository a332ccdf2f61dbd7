# SPDX-License-Identifier: MIT
# xenav-vnc as a process, beside xenav-demo-daemon, with clients of our own and others'; and its parts.
VNC_RUNS = \
	tests/vnc/attack.test \
	tests/vnc/clients.test \
	tests/vnc/hostile.test \
	tests/vnc/keys.test \
	tests/vnc/picture.test \
	tests/vnc/sound.test \
	$(NULL)
EXTRA_DIST += $(VNC_RUNS) tests/vnc/rfb.py tests/vnc/rig.py
if HAVE_CMOCKA
if BUILD_VNC
TESTS += $(VNC_RUNS)

VNC_TESTS = \
	tests/vnc/test-vnc-keyboard \
	tests/vnc/test-vnc-messages \
	tests/vnc/test-vnc-mix \
	tests/vnc/test-vnc-parts \
	tests/vnc/test-vnc-picture \
	tests/vnc/test-vnc-voices \
	$(NULL)
check_PROGRAMS += $(VNC_TESTS)
TESTS += $(VNC_TESTS)
VNC_TEST_LDADD = backends/libvnc.la tests/unit/libtest.la lib/libxenav.la lib/libwire.la $(CMOCKA_LIBS)

tests_vnc_test_vnc_keyboard_SOURCES = tests/vnc/test-vnc-keyboard.c tests/unit/type-console.c tests/unit/type-console.h
tests_vnc_test_vnc_keyboard_LDADD = $(VNC_TEST_LDADD) $(XKBCOMMON_LIBS)
tests_vnc_test_vnc_messages_LDADD = $(VNC_TEST_LDADD)
tests_vnc_test_vnc_mix_LDADD = $(VNC_TEST_LDADD)
tests_vnc_test_vnc_parts_LDADD = $(VNC_TEST_LDADD)
tests_vnc_test_vnc_picture_LDADD = $(VNC_TEST_LDADD)
tests_vnc_test_vnc_voices_SOURCES = tests/vnc/test-vnc-voices.c $(CLIENT_FIXTURE)
tests_vnc_test_vnc_voices_LDADD = $(VNC_TEST_LDADD)

if HAVE_GVNC
check_PROGRAMS += tests/vnc/gvnc-ear
tests_vnc_gvnc_ear_SOURCES = tests/vnc/gvnc-ear.c
# Its headers are not written for our warnings.
tests_vnc_gvnc_ear_CFLAGS = $(GVNC_CFLAGS)
tests_vnc_gvnc_ear_LDADD = $(GVNC_LIBS)
endif
endif
endif
