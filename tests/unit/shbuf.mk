# SPDX-License-Identifier: MIT
# The tests of libxenshbuf.  Its library is linked without libxengnttab: shbuf-fake.c is the Xen.
if HAVE_CMOCKA
shbuf_tests = \
	tests/unit/test-pgdir \
	tests/unit/test-shbuf \
	tests/unit/test-shbuf-provide \
	$(NULL)
check_PROGRAMS += $(shbuf_tests)
TESTS += $(shbuf_tests)
endif

shbuf_fake = \
	tests/unit/shbuf-ends.c \
	tests/unit/shbuf-ends.h \
	tests/unit/shbuf-fake.c \
	tests/unit/shbuf-fake.h \
	$(NULL)
shbuf_wrap = -Wl,--wrap=calloc -Wl,--wrap=ioctl -Wl,--wrap=mmap -Wl,--wrap=open

tests_unit_test_pgdir_LDADD = lib/libshbuf.la tests/unit/libtest.la $(CMOCKA_LIBS)

tests_unit_test_shbuf_SOURCES = tests/unit/test-shbuf.c $(shbuf_fake)
tests_unit_test_shbuf_LDFLAGS = $(AM_LDFLAGS) $(shbuf_wrap)
tests_unit_test_shbuf_LDADD = lib/libshbuf.la tests/unit/libtest.la $(CMOCKA_LIBS)

tests_unit_test_shbuf_provide_SOURCES = tests/unit/test-shbuf-provide.c $(shbuf_fake)
tests_unit_test_shbuf_provide_LDFLAGS = $(AM_LDFLAGS) $(shbuf_wrap)
tests_unit_test_shbuf_provide_LDADD = lib/libshbuf.la tests/unit/libtest.la $(CMOCKA_LIBS)

# For dom0 of the Xen tests, where only libxengnttab is needed beside it.
EXTRA_PROGRAMS += tests/xen/guest/xt-shbuf
CLEANFILES += tests/xen/guest/xt-shbuf$(EXEEXT)
tests_xen_guest_xt_shbuf_SOURCES = tests/xen/guest/xt-shbuf.c
tests_xen_guest_xt_shbuf_LDADD = lib/libshbuf.la $(XENGNTTAB_LIBS)
