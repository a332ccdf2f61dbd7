# SPDX-License-Identifier: MIT
# Everything but main.c and options.c is one convenience library, linked by the daemon and the tests alike.
noinst_LTLIBRARIES += daemon/libxenavd.la
daemon_libxenavd_la_SOURCES = \
	daemon/base/budget.c \
	daemon/base/budget.h \
	daemon/base/clock.h \
	daemon/base/closer.c \
	daemon/base/closer.h \
	daemon/base/container.h \
	daemon/base/engine.h \
	daemon/base/number.c \
	daemon/base/number.h \
	daemon/buffer/account.c \
	daemon/buffer/account.h \
	daemon/buffer/copy.c \
	daemon/buffer/copy.h \
	daemon/buffer/gbuf-write.c \
	daemon/buffer/gbuf.c \
	daemon/buffer/gbuf.h \
	daemon/buffer/ledger.c \
	daemon/buffer/ledger.h \
	daemon/buffer/lend.c \
	daemon/buffer/lend.h \
	daemon/buffer/offer.c \
	daemon/buffer/offer.h \
	daemon/buffer/outmem.c \
	daemon/buffer/outmem.h \
	daemon/buffer/pool-limits.c \
	daemon/buffer/pool.c \
	daemon/buffer/pool.h \
	daemon/config/config.c \
	daemon/config/config.h \
	daemon/config/keys.c \
	daemon/config/keys.h \
	daemon/config/policy.c \
	daemon/config/policy.h \
	daemon/config/reader.c \
	daemon/consumer/claims.c \
	daemon/consumer/claims.h \
	daemon/consumer/connectors.c \
	daemon/consumer/connectors.h \
	daemon/consumer/limits.h \
	daemon/consumer/listen.c \
	daemon/consumer/listen.h \
	daemon/consumer/objects.c \
	daemon/consumer/objects.h \
	daemon/consumer/outbox.c \
	daemon/consumer/outbox.h \
	daemon/consumer/peer.c \
	daemon/consumer/peer.h \
	daemon/consumer/requests.c \
	daemon/consumer/requests.h \
	daemon/consumer/server.c \
	daemon/consumer/server.h \
	daemon/consumer/session.c \
	daemon/consumer/session.h \
	daemon/consumer/streams.c \
	daemon/consumer/streams.h \
	daemon/consumer/users.c \
	daemon/consumer/users.h \
	daemon/device/device.c \
	daemon/device/device.h \
	daemon/device/env.h \
	daemon/device/kinds.c \
	daemon/device/kinds.h \
	daemon/device/registry.c \
	daemon/device/registry.h \
	daemon/device/xenbus.c \
	daemon/device/xenbus.h \
	daemon/display/claim.c \
	daemon/display/config.c \
	daemon/display/config.h \
	daemon/display/connector.c \
	daemon/display/connector.h \
	daemon/display/copier.c \
	daemon/display/copier.h \
	daemon/display/dbufs.c \
	daemon/display/display-priv.h \
	daemon/display/display.c \
	daemon/display/display.h \
	daemon/display/edid.c \
	daemon/display/edid.h \
	daemon/display/farewell.c \
	daemon/display/flips.c \
	daemon/display/flips.h \
	daemon/display/geometry.c \
	daemon/display/geometry.h \
	daemon/display/handouts.c \
	daemon/display/handouts.h \
	daemon/display/lending.c \
	daemon/display/lending.h \
	daemon/display/monitor.c \
	daemon/display/monitor.h \
	daemon/display/offers.c \
	daemon/display/requests.c \
	daemon/display/tables.c \
	daemon/report/cleanup.h \
	daemon/report/log.c \
	daemon/report/log.h \
	daemon/report/status.c \
	daemon/report/status.h \
	daemon/sound/audience.c \
	daemon/sound/card.c \
	daemon/sound/card.h \
	daemon/sound/format.c \
	daemon/sound/format.h \
	daemon/sound/hwparams.c \
	daemon/sound/hwparams.h \
	daemon/sound/progress.c \
	daemon/sound/progress.h \
	daemon/sound/published.c \
	daemon/sound/published.h \
	daemon/sound/requests.c \
	daemon/sound/silence.c \
	daemon/sound/silence.h \
	daemon/sound/stream-priv.h \
	daemon/sound/stream.c \
	daemon/sound/stream.h \
	daemon/sound/transfer.c \
	daemon/sound/volume.c \
	daemon/sound/volume.h \
	daemon/xen/barrier.h \
	daemon/xen/channel.c \
	daemon/xen/channel.h \
	daemon/xen/devices.h \
	daemon/xen/displif.h \
	daemon/xen/dmabuf.c \
	daemon/xen/dmabuf.h \
	daemon/xen/evtchn.c \
	daemon/xen/evtchn.h \
	daemon/xen/gntdev.c \
	daemon/xen/gntdev.h \
	daemon/xen/place.c \
	daemon/xen/place.h \
	daemon/xen/gnttab.c \
	daemon/xen/gnttab.h \
	daemon/xen/mailbox.c \
	daemon/xen/mailbox.h \
	daemon/xen/ring.c \
	daemon/xen/ring.h \
	daemon/xen/sndif.h \
	daemon/xen/store-config.c \
	daemon/xen/store-config.h \
	daemon/xen/store-known.c \
	daemon/xen/store-known.h \
	daemon/xen/store-paths.c \
	daemon/xen/store-paths.h \
	daemon/xen/store-read.c \
	daemon/xen/store-read.h \
	daemon/xen/store-thread.c \
	daemon/xen/store-thread.h \
	daemon/xen/store.c \
	daemon/xen/store.h \
	daemon/xen/tree.c \
	daemon/xen/tree.h \
	daemon/xen/wake.c \
	daemon/xen/wake.h \
	daemon/xen/worker.c \
	daemon/xen/worker.h \
	daemon/xen/xen.h \
	daemon/xen/xenlog.c \
	daemon/xen/xenlog.h \
	$(NULL)
daemon_libxenavd_la_CFLAGS = $(AM_CFLAGS) $(XENSTORE_CFLAGS) $(XENGNTTAB_CFLAGS) $(XENEVTCHN_CFLAGS) \
	$(LIBEVENT_CFLAGS) $(LIBSYSTEMD_CFLAGS) $(INIH_CFLAGS)
daemon_libxenavd_la_LIBADD = lib/libwire.la lib/libxenshbuf.la \
	$(XENSTORE_LIBS) $(XENGNTTAB_LIBS) $(XENEVTCHN_LIBS) $(LIBEVENT_LIBS) $(LIBSYSTEMD_LIBS) $(INIH_LIBS)

sbin_PROGRAMS += xenavd
xenavd_SOURCES = daemon/main.c daemon/options.c daemon/options.h
xenavd_CFLAGS = $(daemon_libxenavd_la_CFLAGS)
xenavd_LDADD = daemon/libxenavd.la
xenavd_LDFLAGS = $(AM_LDFLAGS) $(XENAV_PIE)

exampledir = $(docdir)/examples
dist_example_DATA = daemon/xenavd.conf.example
