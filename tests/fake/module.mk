# SPDX-License-Identifier: MIT
# The fake machine, the toolstack and the scripted guests; and the tests of the whole daemon on them.

# Preloaded into programs with and without sanitizers, so it has none itself.
check_LTLIBRARIES = tests/fake/libfakexen.la
tests_fake_libfakexen_la_SOURCES = \
	tests/fake/machine-alloc.c \
	tests/fake/machine-dmabuf.c \
	tests/fake/machine-grants.c \
	tests/fake/machine-handles.c \
	tests/fake/machine-ports.c \
	tests/fake/machine-priv.h \
	tests/fake/machine-repair.c \
	tests/fake/machine.c \
	tests/fake/machine.h \
	tests/fake/preload-dmabuf.c \
	tests/fake/preload-evtchn.c \
	tests/fake/preload-files.c \
	tests/fake/preload-gnttab.c \
	tests/fake/preload-sockets.c \
	tests/fake/preload-xenctrl.c \
	tests/fake/preload.h \
	$(NULL)
tests_fake_libfakexen_la_CPPFLAGS = $(AM_CPPFLAGS) -U_FORTIFY_SOURCE
tests_fake_libfakexen_la_CFLAGS = $(XENAV_CFLAGS) -fno-sanitize=all
# A path makes libtool build a shared library of what is not installed.  Unit tests are linked with it.
tests_fake_libfakexen_la_LDFLAGS = -avoid-version -shared -rpath $(abs_builddir)
tests_fake_libfakexen_la_LIBADD = -ldl

# The same machine, the toolstack and the guests, for the tests.
check_LTLIBRARIES += tests/fake/liblab.la
tests_fake_liblab_la_SOURCES = \
	tests/daemon/rig-main.c \
	tests/daemon/rig.c \
	tests/daemon/rig.h \
	tests/fake/channel.c \
	tests/fake/channel.h \
	tests/fake/display.c \
	tests/fake/display.h \
	tests/fake/front.c \
	tests/fake/guest.c \
	tests/fake/guest.h \
	tests/fake/keyboard.c \
	tests/fake/keyboard.h \
	tests/fake/lab-look.c \
	tests/fake/lab-priv.h \
	tests/fake/lab-spawn.c \
	tests/fake/lab.c \
	tests/fake/lab.h \
	tests/fake/machine-alloc.c \
	tests/fake/machine-dmabuf.c \
	tests/fake/machine-grants.c \
	tests/fake/machine-handles.c \
	tests/fake/machine-ports.c \
	tests/fake/machine-priv.h \
	tests/fake/machine-repair.c \
	tests/fake/machine.c \
	tests/fake/machine.h \
	tests/fake/pcm.c \
	tests/fake/ringstore.c \
	tests/fake/ringstore.h \
	tests/fake/service.c \
	tests/fake/service.h \
	tests/fake/sound-priv.h \
	tests/fake/sound.c \
	tests/fake/sound.h \
	tests/fake/toolstack.c \
	tests/fake/toolstack.h \
	tests/fake/xenbus.c \
	tests/fake/xenbus.h \
	$(NULL)
tests_fake_liblab_la_LIBADD = $(XENSTORE_LIBS)

# The table of what every field may be.
fields = \
	tests/fields/display.c \
	tests/fields/fields-priv.h \
	tests/fields/fields.c \
	tests/fields/fields.h \
	tests/fields/sound.c \
	$(NULL)

if HAVE_CMOCKA
daemon_tests = \
	tests/daemon/test-activation \
	tests/daemon/test-budget \
	tests/daemon/test-config \
	tests/daemon/test-consumer \
	tests/daemon/test-direct \
	tests/daemon/test-direct-dmabuf \
	tests/daemon/test-domain \
	tests/daemon/test-domain-late \
	tests/daemon/test-directories \
	tests/daemon/test-endure \
	tests/daemon/test-events \
	tests/daemon/test-faults \
	tests/daemon/test-fields \
	tests/daemon/test-hostile \
	tests/daemon/test-input \
	tests/daemon/test-input-life \
	tests/daemon/test-input-pointer \
	tests/daemon/test-input-waiting \
	tests/daemon/test-keep-display \
	tests/daemon/test-keep-keys \
	tests/daemon/test-late \
	tests/daemon/test-life \
	tests/daemon/test-offer \
	tests/daemon/test-player \
	tests/daemon/test-policy \
	tests/daemon/test-poison \
	tests/daemon/test-reload \
	tests/daemon/test-reload-slow \
	tests/daemon/test-resume-consumer \
	tests/daemon/test-resume-sound \
	tests/daemon/test-rings \
	tests/daemon/test-soak \
	tests/daemon/test-start \
	tests/daemon/test-store \
	tests/daemon/test-supply \
	tests/daemon/test-supply-faults \
	tests/daemon/test-volume \
	tests/daemon/test-watchdog \
	$(NULL)
if BUILD_TYPE
daemon_tests += tests/daemon/test-type
endif
check_PROGRAMS += $(daemon_tests)
TESTS += $(daemon_tests)

# It reads the logs of all the others.
dist_check_SCRIPTS += tests/check-rules tests/rules.test tests/unit/check-rules.sh
TESTS += tests/rules.test tests/unit/check-rules.sh
tests/rules.log: $(filter-out tests/rules.log,$(TEST_LOGS))
endif
EXTRA_DIST += tests/README

daemon_test_libs = tests/fake/liblab.la tests/unit/libtest.la lib/libxenav.la lib/libwire.la $(CMOCKA_LIBS)

tests_daemon_test_activation_LDADD = $(daemon_test_libs)
tests_daemon_test_watchdog_LDADD = $(daemon_test_libs)
tests_daemon_test_budget_LDADD = $(daemon_test_libs)
tests_daemon_test_consumer_LDADD = $(daemon_test_libs)
tests_daemon_test_events_LDADD = $(daemon_test_libs)
tests_daemon_test_domain_LDADD = $(daemon_test_libs)
tests_daemon_test_domain_late_LDADD = $(daemon_test_libs)
tests_daemon_test_faults_LDADD = $(daemon_test_libs)
tests_daemon_test_late_LDADD = $(daemon_test_libs)
tests_daemon_test_life_LDADD = $(daemon_test_libs)
tests_daemon_test_policy_LDADD = $(daemon_test_libs)
tests_daemon_test_rings_LDADD = $(daemon_test_libs)
tests_daemon_test_reload_LDADD = $(daemon_test_libs)
tests_daemon_test_reload_slow_LDADD = $(daemon_test_libs)

direct_rig = tests/daemon/direct-rig.c tests/daemon/direct-rig.h
tests_daemon_test_direct_SOURCES = tests/daemon/test-direct.c $(direct_rig)
tests_daemon_test_direct_LDADD = $(daemon_test_libs)
tests_daemon_test_direct_dmabuf_SOURCES = tests/daemon/test-direct-dmabuf.c $(direct_rig)
tests_daemon_test_direct_dmabuf_LDADD = $(daemon_test_libs)

input_rig = tests/daemon/input-rig.c tests/daemon/input-rig.h
tests_daemon_test_input_SOURCES = tests/daemon/test-input.c $(input_rig)
tests_daemon_test_input_LDADD = $(daemon_test_libs)
tests_daemon_test_input_life_SOURCES = tests/daemon/test-input-life.c $(input_rig)
tests_daemon_test_input_life_LDADD = $(daemon_test_libs)
tests_daemon_test_input_pointer_SOURCES = tests/daemon/test-input-pointer.c $(input_rig)
tests_daemon_test_input_pointer_LDADD = $(daemon_test_libs)
tests_daemon_test_input_waiting_SOURCES = tests/daemon/test-input-waiting.c $(input_rig)
tests_daemon_test_input_waiting_LDADD = $(daemon_test_libs)
tests_daemon_test_keep_keys_SOURCES = tests/daemon/test-keep-keys.c $(input_rig)
tests_daemon_test_keep_keys_LDADD = $(daemon_test_libs)
tests_daemon_test_keep_display_LDADD = $(daemon_test_libs)

card_rig = tests/daemon/card-rig.c tests/daemon/card-rig.h
tests_daemon_test_player_SOURCES = tests/daemon/test-player.c $(card_rig)
tests_daemon_test_player_LDADD = $(daemon_test_libs)
tests_daemon_test_resume_consumer_SOURCES = tests/daemon/test-resume-consumer.c $(card_rig)
tests_daemon_test_resume_consumer_LDADD = $(daemon_test_libs)

tests_daemon_test_offer_SOURCES = \
	tests/daemon/offer-rig.c \
	tests/daemon/offer-rig.h \
	tests/daemon/test-offer.c \
	$(NULL)
tests_daemon_test_offer_LDADD = $(daemon_test_libs)

tests_daemon_test_poison_SOURCES = \
	tests/daemon/poison.c \
	tests/daemon/poison.h \
	tests/daemon/test-poison.c \
	$(NULL)
tests_daemon_test_poison_LDADD = $(daemon_test_libs)
tests_daemon_test_resume_sound_LDADD = $(daemon_test_libs) daemon/libxenavd.la
tests_daemon_test_soak_LDADD = $(daemon_test_libs)
tests_daemon_test_start_LDADD = $(daemon_test_libs)
tests_daemon_test_store_LDADD = $(daemon_test_libs)
tests_daemon_test_hostile_LDADD = $(daemon_test_libs)

tests_daemon_test_fields_SOURCES = tests/daemon/test-fields.c $(fields)
tests_daemon_test_fields_LDADD = $(daemon_test_libs)

tests_daemon_test_directories_SOURCES = tests/daemon/test-directories.c $(fields)
tests_daemon_test_directories_LDADD = $(daemon_test_libs)
tests_daemon_test_volume_LDADD = $(daemon_test_libs)

if BUILD_TYPE
tests_daemon_test_type_SOURCES = tests/daemon/test-type.c $(TYPE_CONSOLE)
tests_daemon_test_type_LDADD = $(daemon_test_libs) $(XKBCOMMON_LIBS)
EXTRA_tests_daemon_test_type_DEPENDENCIES = xenav-type
endif

tests_daemon_test_config_SOURCES = tests/daemon/test-config.c $(fields)
tests_daemon_test_config_LDADD = $(daemon_test_libs)
tests_daemon_test_endure_LDADD = $(daemon_test_libs)
tests_daemon_test_supply_LDADD = $(daemon_test_libs)
tests_daemon_test_supply_faults_LDADD = $(daemon_test_libs)
