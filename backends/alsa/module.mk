# SPDX-License-Identifier: MIT

# xenav-alsa.  Everything but main.c is a convenience library, for the tests.
ALSA_SOURCES = \
	backends/alsa/alsa.h \
	backends/alsa/card-mixer.c \
	backends/alsa/card-mixer.h \
	backends/alsa/device.c \
	backends/alsa/device.h \
	backends/alsa/format.c \
	backends/alsa/format.h \
	backends/alsa/gain.c \
	backends/alsa/gain.h \
	backends/alsa/line-priv.h \
	backends/alsa/line-thread.c \
	backends/alsa/line.c \
	backends/alsa/line.h \
	backends/alsa/options.c \
	backends/alsa/options.h \
	backends/alsa/pace.c \
	backends/alsa/pace.h \
	backends/alsa/probe.c \
	backends/alsa/probe.h \
	backends/alsa/pump.c \
	backends/alsa/pump.h \
	backends/alsa/report.c \
	backends/alsa/routes.c \
	backends/alsa/rules.c \
	backends/alsa/rules.h \
	$(NULL)

if BUILD_ALSA
noinst_LTLIBRARIES += backends/libalsa.la
backends_libalsa_la_SOURCES = $(ALSA_SOURCES)
backends_libalsa_la_CFLAGS = $(AM_CFLAGS) $(ALSA_CFLAGS)
backends_libalsa_la_LIBADD = backends/libcommon.la $(ALSA_LIBS) -lm

bin_PROGRAMS += xenav-alsa
xenav_alsa_SOURCES = backends/alsa/main.c
xenav_alsa_CFLAGS = $(AM_CFLAGS) $(ALSA_CFLAGS)
xenav_alsa_LDFLAGS = $(AM_LDFLAGS) $(XENAV_PIE)
xenav_alsa_LDADD = backends/libalsa.la backends/libloop.la lib/libxenav.la lib/libwire.la
endif
