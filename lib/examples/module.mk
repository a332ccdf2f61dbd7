# SPDX-License-Identifier: MIT
# Small consumers for authors of others.  They are installed as sources; the tests build and run them.
examples = lib/examples/list lib/examples/hear lib/examples/screenshot lib/examples/shbuf-map
check_PROGRAMS += $(examples)
dist_example_DATA += $(examples:=.c)

lib_examples_list_SOURCES = lib/examples/list.c
lib_examples_list_LDADD = lib/libxenav.la
lib_examples_hear_SOURCES = lib/examples/hear.c
lib_examples_hear_LDADD = lib/libxenav.la
lib_examples_screenshot_SOURCES = lib/examples/screenshot.c
lib_examples_screenshot_LDADD = lib/libxenav.la
lib_examples_shbuf_map_SOURCES = lib/examples/shbuf-map.c
lib_examples_shbuf_map_CFLAGS = $(AM_CFLAGS) $(XENGNTTAB_CFLAGS)
lib_examples_shbuf_map_LDADD = lib/libshbuf.la $(XENGNTTAB_LIBS)
