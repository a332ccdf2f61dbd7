# SPDX-License-Identifier: MIT

# The protocol of the socket, for the daemon, libxenav, the tests and the fuzzers alike.
noinst_LTLIBRARIES += lib/libwire.la
lib_libwire_la_SOURCES = \
	lib/wire/edid.c \
	lib/wire/edid.h \
	lib/wire/formats.c \
	lib/wire/formats.h \
	lib/wire/messages.c \
	lib/wire/messages.h \
	lib/wire/names.c \
	lib/wire/names.h \
	lib/wire/wire.c \
	lib/wire/wire.h \
	$(NULL)

# The real-time side of libxenav, which the tests run in virtual time.
noinst_LTLIBRARIES += lib/librealtime.la
lib_librealtime_la_SOURCES = \
	lib/client/clock.c \
	lib/client/clock.h \
	lib/client/follower.c \
	lib/client/follower.h \
	lib/client/mailbox.c \
	lib/client/mailbox.h \
	lib/client/reader.c \
	lib/client/reader.h \
	lib/client/writer.c \
	lib/client/writer.h \
	$(NULL)

# The library of audio and display backends.  It needs libc only.
# -version-info current:revision:age: a change inside raises revision; new symbols raise current
# and age and set revision to 0; an incompatible change raises current and sets the others to 0.
include_HEADERS += include/xenav.h
pkgconfig_DATA += lib/libxenav.pc
lib_LTLIBRARIES += lib/libxenav.la
lib_libxenav_la_SOURCES = \
	include/xenav-proto.h \
	include/xenav-status.h \
	lib/client/base.c \
	lib/client/base.h \
	lib/client/client.c \
	lib/client/connector.c \
	lib/client/connector.h \
	lib/client/eventlog.c \
	lib/client/eventlog.h \
	lib/client/feeding.c \
	lib/client/format.c \
	lib/client/frame.c \
	lib/client/handover.c \
	lib/client/handover.h \
	lib/client/input.c \
	lib/client/input.h \
	lib/client/keyset.c \
	lib/client/keyset.h \
	lib/client/map.c \
	lib/client/map.h \
	lib/client/object.c \
	lib/client/object.h \
	lib/client/pause.c \
	lib/client/pause.h \
	lib/client/pcm.c \
	lib/client/pcm.h \
	lib/client/pixels.c \
	lib/client/pixels.h \
	lib/client/player.c \
	lib/client/recorder.c \
	lib/client/rects.c \
	lib/client/rects.h \
	lib/client/reshow.c \
	lib/client/reshow.h \
	lib/client/retell.c \
	lib/client/retell.h \
	lib/client/ring.c \
	lib/client/ring.h \
	lib/client/screen.c \
	lib/client/select.c \
	lib/client/send.c \
	lib/client/send.h \
	lib/client/sound.c \
	lib/client/stream.c \
	lib/client/stream.h \
	lib/client/touches.c \
	lib/client/touches.h \
	lib/client/watch.c \
	lib/client/watch.h \
	$(NULL)
lib_libxenav_la_LDFLAGS = \
	$(AM_LDFLAGS) \
	-no-undefined \
	-version-info 0:0:0 \
	-Wl,--version-script=$(top_srcdir)/lib/client/libxenav.map \
	$(NULL)
lib_libxenav_la_LIBADD = lib/librealtime.la lib/libwire.la
EXTRA_lib_libxenav_la_DEPENDENCIES = lib/client/libxenav.map
EXTRA_DIST += lib/client/libxenav.map

# libxenshbuf: buffers shared through a page directory.  The tests link the convenience library and
# bring their own Xen.
include_HEADERS += include/xenshbuf.h
pkgconfig_DATA += lib/libxenshbuf.pc
noinst_LTLIBRARIES += lib/libshbuf.la
lib_libshbuf_la_CFLAGS = $(AM_CFLAGS) $(XENGNTTAB_CFLAGS)
lib_libshbuf_la_SOURCES = \
	include/xenshbuf.h \
	lib/shbuf/backend.c \
	lib/shbuf/dirread.c \
	lib/shbuf/dirread.h \
	lib/shbuf/frontend.c \
	lib/shbuf/gntalloc.c \
	lib/shbuf/gntalloc.h \
	lib/shbuf/mapping.c \
	lib/shbuf/mapping.h \
	lib/shbuf/pgdir.c \
	lib/shbuf/pgdir.h \
	$(NULL)

# current:revision:age.  Only the inside changed: revision + 1.  Something was added: current + 1,
# revision 0, age + 1.  Something was changed or removed: current + 1, revision 0, age 0.
lib_LTLIBRARIES += lib/libxenshbuf.la
lib_libxenshbuf_la_SOURCES =
lib_libxenshbuf_la_LIBADD = lib/libshbuf.la $(XENGNTTAB_LIBS)
lib_libxenshbuf_la_LDFLAGS = \
	$(AM_LDFLAGS) \
	-version-info 0:0:0 \
	-Wl,--version-script=$(srcdir)/lib/shbuf/libxenshbuf.map \
	$(NULL)
EXTRA_lib_libxenshbuf_la_DEPENDENCIES = lib/shbuf/libxenshbuf.map
EXTRA_DIST += lib/shbuf/libxenshbuf.map
