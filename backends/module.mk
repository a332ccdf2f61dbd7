# SPDX-License-Identifier: MIT

# For all consumers.
noinst_LTLIBRARIES += backends/libcommon.la
backends_libcommon_la_SOURCES = \
	backends/common/args.c \
	backends/common/args.h \
	backends/common/clock.h \
	backends/common/link.c \
	backends/common/link.h \
	backends/common/options.c \
	backends/common/options.h \
	backends/common/selection.c \
	backends/common/selection.h \
	$(NULL)

# For those without a main loop of another library.
noinst_LTLIBRARIES += backends/libloop.la
backends_libloop_la_SOURCES = backends/common/loop.c backends/common/loop.h
backends_libloop_la_CFLAGS = $(AM_CFLAGS) $(LIBEVENT_CFLAGS)
backends_libloop_la_LIBADD = $(LIBEVENT_LIBS)

# For those that type.
if BUILD_KEYS
noinst_LTLIBRARIES += backends/libkeys.la
backends_libkeys_la_SOURCES = \
	backends/common/keys.c \
	backends/common/keys.h \
	backends/common/layout.c \
	backends/common/layout.h \
	backends/common/utf8.c \
	backends/common/utf8.h \
	$(NULL)
backends_libkeys_la_CFLAGS = $(AM_CFLAGS) $(XKBCOMMON_CFLAGS)
backends_libkeys_la_LIBADD = $(XKBCOMMON_LIBS)
endif

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
backends_librecord_la_LIBADD = backends/libcommon.la $(RECORD_LIBS)

bin_PROGRAMS += xenav-record
xenav_record_SOURCES = backends/record/main.c
xenav_record_LDFLAGS = $(AM_LDFLAGS) $(XENAV_PIE)
xenav_record_LDADD = backends/librecord.la backends/libloop.la lib/libxenav.la lib/libwire.la
endif

# xenav-type, in the same way.
TYPE_SOURCES = \
	backends/type/feed.c \
	backends/type/feed.h \
	backends/type/options.c \
	backends/type/options.h \
	backends/type/plan.c \
	backends/type/plan.h \
	backends/type/script.c \
	backends/type/script.h \
	backends/type/target.c \
	backends/type/target.h \
	$(NULL)

if BUILD_TYPE
noinst_LTLIBRARIES += backends/libtype.la
backends_libtype_la_SOURCES = $(TYPE_SOURCES)
backends_libtype_la_CFLAGS = $(AM_CFLAGS) $(XKBCOMMON_CFLAGS)
backends_libtype_la_LIBADD = backends/libcommon.la backends/libkeys.la backends/libloop.la

bin_PROGRAMS += xenav-type
xenav_type_SOURCES = backends/type/main.c
xenav_type_LDFLAGS = $(AM_LDFLAGS) $(XENAV_PIE)
xenav_type_LDADD = backends/libtype.la lib/libxenav.la lib/libwire.la
endif

include backends/pipewire/module.mk
include backends/vnc/module.mk
include backends/view/module.mk
