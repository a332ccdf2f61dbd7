# SPDX-License-Identifier: MIT
# xenav-view, of SDL2.  Everything but main.c is a convenience library, for the tests.
VIEW_SOURCES = \
	backends/view/events.c \
	backends/view/events.h \
	backends/view/formats.c \
	backends/view/formats.h \
	backends/view/guests.c \
	backends/view/guests.h \
	backends/view/inputs.c \
	backends/view/inputs.h \
	backends/view/keys.c \
	backends/view/keys.h \
	backends/view/options.c \
	backends/view/options.h \
	backends/view/picture.c \
	backends/view/picture.h \
	backends/view/place.c \
	backends/view/place.h \
	backends/view/samples.c \
	backends/view/samples.h \
	backends/view/shot.c \
	backends/view/shot.h \
	backends/view/sound.c \
	backends/view/sound.h \
	backends/view/title.c \
	backends/view/title.h \
	backends/view/view.h \
	backends/view/wake.c \
	backends/view/wake.h \
	backends/view/window.c \
	backends/view/window.h \
	backends/view/xlib.c \
	backends/view/xlib.h \
	$(NULL)

if BUILD_VIEW
noinst_LTLIBRARIES += backends/libview.la
backends_libview_la_SOURCES = $(VIEW_SOURCES)
backends_libview_la_CFLAGS = $(AM_CFLAGS) $(VIEW_CFLAGS) $(X11_CFLAGS)
backends_libview_la_LIBADD = backends/libcommon.la $(VIEW_LIBS) $(X11_LIBS) -lm

bin_PROGRAMS += xenav-view
xenav_view_SOURCES = backends/view/main.c
xenav_view_CFLAGS = $(AM_CFLAGS) $(VIEW_CFLAGS)
xenav_view_LDFLAGS = $(AM_LDFLAGS) $(XENAV_PIE)
xenav_view_LDADD = backends/libview.la lib/libxenav.la lib/libwire.la

# What desktops know of it.
applicationsdir = $(datadir)/applications
dist_applications_DATA = backends/view/xenav-view.desktop
iconsdir = $(datadir)/icons/hicolor/scalable/apps
dist_icons_DATA = backends/view/xenav-view.svg
metainfodir = $(datadir)/metainfo
dist_metainfo_DATA = backends/view/xenav-view.metainfo.xml
endif
