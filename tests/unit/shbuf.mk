# SPDX-License-Identifier: MIT
# The tests of libxenshbuf.  Its library is linked with the fake machine instead of libxengnttab.
if HAVE_CMOCKA
shbuf_tests = \
	tests/unit/test-pgdir \
	tests/unit/test-pgdir-walk \
	tests/unit/test-shbuf \
	tests/unit/test-shbuf-adopt \
	tests/unit/test-shbuf-example \
	tests/unit/test-shbuf-provide \
	$(NULL)
check_PROGRAMS += $(shbuf_tests)
TESTS += $(shbuf_tests)
endif

shbuf_ends = tests/unit/shbuf-ends.c tests/unit/shbuf-ends.h $(machine_rig)
shbuf_wrap = -Wl,--wrap=calloc -Wl,--wrap=xengnttab_grant_copy
shbuf_libs = tests/fake/libfakexen.la lib/libshbuf.la tests/unit/libtest.la $(CMOCKA_LIBS)

pgdir_rig = tests/unit/pgdir-rig.c tests/unit/pgdir-rig.h
pgdir_libs = lib/libshbuf.la tests/unit/libtest.la $(CMOCKA_LIBS)

tests_unit_test_pgdir_SOURCES = tests/unit/test-pgdir.c $(pgdir_rig)
tests_unit_test_pgdir_LDADD = $(pgdir_libs)
tests_unit_test_pgdir_walk_SOURCES = tests/unit/test-pgdir-walk.c $(pgdir_rig)
tests_unit_test_pgdir_walk_LDADD = $(pgdir_libs)

tests_unit_test_shbuf_SOURCES = tests/unit/test-shbuf.c $(shbuf_ends)
tests_unit_test_shbuf_LDFLAGS = $(AM_LDFLAGS) $(shbuf_wrap)
tests_unit_test_shbuf_LDADD = $(shbuf_libs)

tests_unit_test_shbuf_adopt_SOURCES = tests/unit/test-shbuf-adopt.c $(shbuf_ends)
tests_unit_test_shbuf_adopt_LDFLAGS = $(AM_LDFLAGS) $(shbuf_wrap)
tests_unit_test_shbuf_adopt_LDADD = $(shbuf_libs)

tests_unit_test_shbuf_example_SOURCES = tests/unit/test-shbuf-example.c
tests_unit_test_shbuf_example_LDADD = $(shbuf_libs)

tests_unit_test_shbuf_provide_SOURCES = tests/unit/test-shbuf-provide.c $(shbuf_ends)
tests_unit_test_shbuf_provide_LDFLAGS = $(AM_LDFLAGS) $(shbuf_wrap) -Wl,--wrap=open
tests_unit_test_shbuf_provide_LDADD = $(shbuf_libs)

# For dom0 of the Xen tests, where only libxengnttab is needed beside it.
EXTRA_PROGRAMS += tests/xen/guest/xt-shbuf
CLEANFILES += tests/xen/guest/xt-shbuf$(EXEEXT)
tests_xen_guest_xt_shbuf_SOURCES = tests/xen/guest/xt-shbuf.c
tests_xen_guest_xt_shbuf_LDADD = lib/libshbuf.la $(XENGNTTAB_LIBS)
