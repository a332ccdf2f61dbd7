# SPDX-License-Identifier: MIT

# xenav-view.  The unit tests need no display; the others have an X server or a Wayland compositor of
# their own, the real xenavd, and a scripted guest.
if HAVE_CMOCKA
if BUILD_VIEW
VIEW_UNIT_TESTS = tests/unit/test-view tests/unit/test-view-inputs
check_PROGRAMS += $(VIEW_UNIT_TESTS)
TESTS += $(VIEW_UNIT_TESTS)
tests_unit_test_view_CFLAGS = $(AM_CFLAGS) $(VIEW_CFLAGS)
tests_unit_test_view_LDADD = backends/libview.la lib/libxenav.la lib/libwire.la tests/unit/libtest.la $(CMOCKA_LIBS)
tests_unit_test_view_inputs_LDADD = $(tests_unit_test_view_LDADD)

TESTS += tests/view/desktop.test

if HAVE_XTST
view_tests = \
	tests/view/test-input \
	tests/view/test-life \
	tests/view/test-picture \
	tests/view/test-sound \
	tests/view/test-wayland \
	tests/view/test-xorg \
	$(NULL)
daemon_tests += $(view_tests)
check_PROGRAMS += $(view_tests)
TESTS += $(view_tests)

view_rig = \
	tests/view/view-rig.c \
	tests/view/view-rig.h \
	tests/view/x11.c \
	tests/view/x11.h \
	$(NULL)
view_libs = $(daemon_test_libs) $(VIEW_TEST_LIBS)

tests_view_test_input_SOURCES = tests/view/test-input.c $(view_rig)
tests_view_test_input_LDADD = $(view_libs)
EXTRA_tests_view_test_input_DEPENDENCIES = xenav-view
tests_view_test_life_SOURCES = tests/view/test-life.c backends/view/xlib.c backends/view/xlib.h $(view_rig)
tests_view_test_life_LDADD = $(view_libs)
EXTRA_tests_view_test_life_DEPENDENCIES = xenav-view
tests_view_test_picture_SOURCES = tests/view/test-picture.c $(view_rig)
tests_view_test_picture_LDADD = $(view_libs)
EXTRA_tests_view_test_picture_DEPENDENCIES = xenav-view
tests_view_test_sound_SOURCES = tests/view/test-sound.c $(view_rig)
tests_view_test_sound_LDADD = $(view_libs)
EXTRA_tests_view_test_sound_DEPENDENCIES = xenav-view
tests_view_test_wayland_SOURCES = tests/view/test-wayland.c $(view_rig)
tests_view_test_wayland_LDADD = $(view_libs)
EXTRA_tests_view_test_wayland_DEPENDENCIES = xenav-view
tests_view_test_xorg_SOURCES = tests/view/test-xorg.c tests/view/xorg.c tests/view/xorg.h $(view_rig)
tests_view_test_xorg_LDADD = $(view_libs)
EXTRA_tests_view_test_xorg_DEPENDENCIES = xenav-view
endif
endif
endif
dist_check_SCRIPTS += tests/view/desktop.test
EXTRA_DIST += tests/view/leaks.supp tests/view/races.supp
