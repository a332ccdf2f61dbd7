# SPDX-License-Identifier: MIT
# The tests of daemon/base, daemon/xen, daemon/device, daemon/report, daemon/service and daemon/config,
# and of daemon/buffer/ledger.c.  What a test defines itself (a fake store) is not
# taken from the library.
if HAVE_CMOCKA
xen_tests = \
	tests/unit/test-access \
	tests/unit/test-budget \
	tests/unit/test-closer \
	tests/unit/test-channel \
	tests/unit/test-channel-serve \
	tests/unit/test-config \
	tests/unit/test-config-files \
	tests/unit/test-deadline \
	tests/unit/test-device \
	tests/unit/test-device-rings \
	tests/unit/test-event-page \
	tests/unit/test-evtchn \
	tests/unit/test-ledger \
	tests/unit/test-log \
	tests/unit/test-patience \
	tests/unit/test-policy \
	tests/unit/test-ring \
	tests/unit/test-sandbox \
	tests/unit/test-store-config \
	tests/unit/test-store-features \
	tests/unit/test-store-known \
	tests/unit/test-store-life \
	tests/unit/test-store-sweep \
	tests/unit/test-store-paths \
	tests/unit/test-store-stir \
	tests/unit/test-tree \
	tests/unit/test-watchdog \
	tests/unit/test-worker \
	tests/unit/test-xenbus \
	tests/unit/test-xenbus-detach \
	tests/unit/test-xenbus-early \
	tests/unit/test-xenbus-offers \
	tests/unit/test-xenbus-restart \
	tests/unit/test-xenbus-walk \
	$(NULL)
check_PROGRAMS += $(xen_tests)
TESTS += $(xen_tests)
endif

channel_rig = tests/unit/channel-rig.c tests/unit/channel-rig.h $(machine_rig)
device_rig = tests/unit/device-rig.c tests/unit/device-rig.h
store_nodes = tests/unit/store-nodes.c tests/unit/store-nodes.h
store_rig = tests/unit/store-rig.c tests/unit/store-rig.h
xenbus_models = tests/unit/xenbus-models.c tests/unit/xenbus-models.h

tests_unit_test_channel_SOURCES = tests/unit/test-channel.c $(channel_rig)
tests_unit_test_channel_LDADD = $(machine_libs)
tests_unit_test_channel_serve_SOURCES = tests/unit/test-channel-serve.c $(channel_rig)
tests_unit_test_channel_serve_LDADD = $(machine_libs)

tests_unit_test_access_LDADD = $(LDADD) $(LIBACL_LIBS)
tests_unit_test_config_SOURCES = tests/unit/test-config.c tests/unit/strict-inih.c
tests_unit_test_config_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=ini_parse_stream

tests_unit_test_device_SOURCES = tests/unit/test-device.c $(device_rig)
tests_unit_test_device_rings_SOURCES = tests/unit/test-device-rings.c $(device_rig)

tests_unit_test_evtchn_SOURCES = tests/unit/test-evtchn.c $(machine_rig)
tests_unit_test_evtchn_LDADD = $(machine_libs)
tests_unit_test_store_config_SOURCES = tests/unit/test-store-config.c $(store_nodes)
tests_unit_test_store_features_SOURCES = tests/unit/test-store-features.c $(store_nodes)

tests_unit_test_store_known_SOURCES = tests/unit/test-store-known.c $(store_rig)
tests_unit_test_store_known_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=calloc

tests_unit_test_store_life_SOURCES = tests/unit/test-store-life.c $(store_nodes)
tests_unit_test_store_sweep_SOURCES = tests/unit/test-store-sweep.c $(store_rig)
tests_unit_test_store_sweep_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=calloc

tests_unit_test_store_paths_SOURCES = tests/unit/test-store-paths.c $(store_nodes)

tests_unit_test_store_stir_SOURCES = tests/unit/test-store-stir.c $(store_rig)
tests_unit_test_store_stir_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=calloc

tests_unit_test_xenbus_SOURCES = tests/unit/test-xenbus.c $(xenbus_models)
tests_unit_test_xenbus_detach_SOURCES = tests/unit/test-xenbus-detach.c $(xenbus_models)
tests_unit_test_xenbus_early_SOURCES = tests/unit/test-xenbus-early.c $(xenbus_models)
tests_unit_test_xenbus_offers_SOURCES = tests/unit/test-xenbus-offers.c $(xenbus_models)
tests_unit_test_xenbus_restart_SOURCES = tests/unit/test-xenbus-restart.c $(xenbus_models)
tests_unit_test_xenbus_walk_SOURCES = tests/unit/test-xenbus-walk.c $(xenbus_models)
