# SPDX-License-Identifier: MIT

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
