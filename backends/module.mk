# SPDX-License-Identifier: MIT

# xenav-record.  Everything but main.c is a convenience library, for the tests.
RECORD_SOURCES = \
	backends/record/clock.c \
	backends/record/clock.h \
	backends/record/display.c \
	backends/record/encoder.c \
	backends/record/encoder.h \
	backends/record/feed.c \
	backends/record/feed.h \
	backends/record/folder.c \
	backends/record/folder.h \
	backends/record/frames.c \
	backends/record/frames.h \
	backends/record/image.c \
	backends/record/image.h \
	backends/record/names.c \
	backends/record/names.h \
	backends/record/options.c \
	backends/record/out.c \
	backends/record/pcm.c \
	backends/record/pcm.h \
	backends/record/pixels.c \
	backends/record/pixels.h \
	backends/record/png.c \
	backends/record/png.h \
	backends/record/record.h \
	backends/record/sound.c \
	backends/record/wav.c \
	backends/record/wav.h \
	$(NULL)

if BUILD_RECORD
noinst_LTLIBRARIES += backends/librecord.la
backends_librecord_la_SOURCES = $(RECORD_SOURCES)
backends_librecord_la_CFLAGS = $(AM_CFLAGS) $(RECORD_CFLAGS)
backends_librecord_la_LIBADD = $(RECORD_LIBS)

bin_PROGRAMS += xenav-record
xenav_record_SOURCES = backends/record/main.c
xenav_record_LDFLAGS = $(AM_LDFLAGS) $(XENAV_PIE)
xenav_record_LDADD = backends/librecord.la lib/libxenav.la lib/libwire.la
endif
