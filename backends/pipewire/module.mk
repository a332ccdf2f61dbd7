# SPDX-License-Identifier: MIT

# xenav-pipewire.  Everything but main.c is a convenience library, for the tests.
PIPEWIRE_SOURCES = \
	backends/pipewire/app.h \
	backends/pipewire/format.c \
	backends/pipewire/format.h \
	backends/pipewire/names.c \
	backends/pipewire/names.h \
	backends/pipewire/sound-node.c \
	backends/pipewire/sound-node.h \
	backends/pipewire/options.c \
	backends/pipewire/options.h \
	backends/pipewire/out.c \
	backends/pipewire/out.h \
	backends/pipewire/screen.c \
	backends/pipewire/screen.h \
	backends/pipewire/server.c \
	backends/pipewire/server.h \
	backends/pipewire/sound.c \
	backends/pipewire/sound.h \
	backends/pipewire/video-node.c \
	backends/pipewire/video-node.h \
	$(NULL)

EXTRA_DIST += systemd/user/xenav-pipewire.service.in
if BUILD_PIPEWIRE
noinst_LTLIBRARIES += backends/libpipewire.la
backends_libpipewire_la_SOURCES = $(PIPEWIRE_SOURCES)
backends_libpipewire_la_CFLAGS = $(AM_CFLAGS) $(PIPEWIRE_CFLAGS)
backends_libpipewire_la_LIBADD = backends/libcommon.la $(PIPEWIRE_LIBS) -lm

bin_PROGRAMS += xenav-pipewire
xenav_pipewire_SOURCES = backends/pipewire/main.c
xenav_pipewire_CFLAGS = $(AM_CFLAGS) $(PIPEWIRE_CFLAGS)
xenav_pipewire_LDFLAGS = $(AM_LDFLAGS) $(XENAV_PIE)
xenav_pipewire_LDADD = backends/libpipewire.la lib/libxenav.la lib/libwire.la

if HAVE_SYSTEMD
nodist_systemduserunit_DATA = systemd/user/xenav-pipewire.service
CLEANFILES += systemd/user/xenav-pipewire.service
endif
endif

systemd/user/xenav-pipewire.service: systemd/user/xenav-pipewire.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) systemd/user && sed -e 's|[@]bindir[@]|$(bindir)|g' $(srcdir)/systemd/user/xenav-pipewire.service.in > $@.tmp && mv $@.tmp $@
