# SPDX-License-Identifier: MIT
# The tests of the display engine and of the buffers.  Engines run on the fake machine; the channels
# and dma-bufs of display-fake.c, and the worker of display-worker.c, are not taken from the library.
if HAVE_CMOCKA
display_tests = \
	tests/unit/test-display \
	tests/unit/test-display-config \
	tests/unit/test-display-copies \
	tests/unit/test-display-direct \
	tests/unit/test-display-edid \
	tests/unit/test-display-end \
	tests/unit/test-display-farewell \
	tests/unit/test-display-flips \
	tests/unit/test-display-frames \
	tests/unit/test-display-keeping \
	tests/unit/test-display-midcopy \
	tests/unit/test-display-pictures \
	tests/unit/test-display-recall \
	tests/unit/test-display-refresh \
	tests/unit/test-display-soak \
	tests/unit/test-display-spec \
	tests/unit/test-display-supply \
	tests/unit/test-display-threads \
	tests/unit/test-display-watch \
	tests/unit/test-edid \
	tests/unit/test-edid-decode \
	tests/unit/test-geometry \
	tests/unit/test-outmem \
	tests/unit/test-supply \
	tests/unit/test-supply-keeping \
	tests/unit/test-supply-offers \
	$(NULL)
check_PROGRAMS += $(display_tests)
TESTS += $(display_tests)
endif

display_rig = \
	tests/unit/display-fake.c \
	tests/unit/display-fake.h \
	tests/unit/display-requests.c \
	tests/unit/display-rig.c \
	$(machine_rig) \
	$(NULL)
supply_rig = tests/unit/supply-rig.c tests/unit/supply-rig.h $(machine_rig)
display_stepped = $(display_rig) tests/unit/display-worker.c
display_direct = $(display_stepped) tests/unit/direct-rig.c tests/unit/direct-rig.h
display_one = $(display_stepped) tests/unit/display-one.c tests/unit/display-one.h
display_frames = $(display_one) tests/unit/frames-rig.c tests/unit/frames-rig.h
display_two = $(display_stepped) tests/unit/display-two.c tests/unit/display-two.h

tests_unit_test_display_SOURCES = tests/unit/test-display.c $(display_two)
tests_unit_test_display_LDADD = $(machine_libs)
tests_unit_test_display_config_SOURCES = tests/unit/test-display-config.c $(display_stepped)
tests_unit_test_display_config_LDADD = $(machine_libs)
tests_unit_test_display_copies_SOURCES = tests/unit/test-display-copies.c $(display_stepped)
tests_unit_test_display_copies_LDADD = $(machine_libs)
tests_unit_test_display_direct_SOURCES = tests/unit/test-display-direct.c $(display_direct)
tests_unit_test_display_direct_LDADD = $(machine_libs)
tests_unit_test_display_edid_SOURCES = tests/unit/test-display-edid.c $(display_stepped)
tests_unit_test_display_edid_LDADD = $(machine_libs)
tests_unit_test_display_end_SOURCES = tests/unit/test-display-end.c $(display_two)
tests_unit_test_display_end_LDADD = $(machine_libs)
tests_unit_test_display_farewell_SOURCES = tests/unit/test-display-farewell.c $(display_direct)
tests_unit_test_display_farewell_LDADD = $(machine_libs)
tests_unit_test_display_flips_SOURCES = tests/unit/test-display-flips.c $(display_one)
tests_unit_test_display_flips_LDADD = $(machine_libs)
tests_unit_test_display_frames_SOURCES = tests/unit/test-display-frames.c $(display_frames)
tests_unit_test_display_frames_LDADD = $(machine_libs)
display_journal = -Wl,--wrap=journal_add -Wl,--wrap=journal_write -Wl,--wrap=journal_remove
tests_unit_test_display_keeping_SOURCES = \
	tests/unit/test-display-keeping.c \
	$(display_two) \
	$(fdstore_rig)
tests_unit_test_display_keeping_LDFLAGS = $(AM_LDFLAGS) $(display_journal)
tests_unit_test_display_keeping_LDADD = $(machine_libs)
tests_unit_test_display_midcopy_SOURCES = tests/unit/test-display-midcopy.c $(display_frames)
tests_unit_test_display_midcopy_LDADD = $(machine_libs)
tests_unit_test_display_pictures_SOURCES = tests/unit/test-display-pictures.c $(display_frames)
tests_unit_test_display_pictures_LDADD = $(machine_libs)
tests_unit_test_display_recall_SOURCES = \
	tests/unit/test-display-recall.c \
	$(display_two) \
	$(fdstore_rig)
tests_unit_test_display_recall_LDADD = $(machine_libs)
tests_unit_test_display_refresh_SOURCES = tests/unit/test-display-refresh.c $(display_one)
tests_unit_test_display_refresh_LDADD = $(machine_libs)
tests_unit_test_display_soak_SOURCES = tests/unit/test-display-soak.c $(display_stepped)
tests_unit_test_display_soak_LDADD = $(machine_libs)
tests_unit_test_display_spec_SOURCES = tests/unit/test-display-spec.c $(display_stepped)
tests_unit_test_display_spec_LDADD = $(machine_libs)
tests_unit_test_display_supply_SOURCES = tests/unit/test-display-supply.c $(display_stepped)
tests_unit_test_display_supply_LDADD = $(machine_libs)

# The same with the daemon's own worker.
tests_unit_test_display_threads_SOURCES = \
	tests/unit/test-display-soak.c \
	tests/unit/display-thread.c \
	$(display_rig)
tests_unit_test_display_threads_LDADD = $(machine_libs)

tests_unit_test_display_watch_SOURCES = tests/unit/test-display-watch.c $(display_stepped)
tests_unit_test_display_watch_LDADD = $(machine_libs)
tests_unit_test_supply_SOURCES = tests/unit/test-supply.c $(supply_rig)
tests_unit_test_supply_LDADD = $(machine_libs)
tests_unit_test_supply_offers_SOURCES = tests/unit/test-supply-offers.c $(supply_rig)
tests_unit_test_supply_offers_LDADD = $(machine_libs)
tests_unit_test_supply_keeping_SOURCES = tests/unit/test-supply-keeping.c $(supply_rig) $(fdstore_rig)
tests_unit_test_supply_keeping_LDADD = $(machine_libs)
