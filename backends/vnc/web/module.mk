# SPDX-License-Identifier: MIT
# The web side of xenav-vnc, a library of its own; the page is installed beside it.
vncpagedir = $(pkgdatadir)/vnc
dist_vncpage_DATA = \
	backends/vnc/web/page/icon.svg \
	backends/vnc/web/page/index.html \
	backends/vnc/web/page/page.js \
	backends/vnc/web/page/rfb-sound.js \
	backends/vnc/web/page/sound-worklet.js \
	backends/vnc/web/page/sound.js \
	backends/vnc/web/page/style.css \
	$(NULL)

WEB_SOURCES = \
	backends/vnc/web/bridge.c \
	backends/vnc/web/bridge.h \
	backends/vnc/web/origin.c \
	backends/vnc/web/origin.h \
	backends/vnc/web/web.c \
	backends/vnc/web/web.h \
	$(NULL)

if BUILD_WEB
noinst_LTLIBRARIES += backends/libweb.la
backends_libweb_la_SOURCES = $(WEB_SOURCES)
backends_libweb_la_CFLAGS = $(AM_CFLAGS) $(WEB_CFLAGS)
backends_libweb_la_LIBADD = $(WEB_LIBS)
endif
