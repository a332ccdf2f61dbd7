# SPDX-License-Identifier: MIT
# The service in a dom0 with systemd, in QEMU; its machinery is that of tests/xen.
xt_hold = tests/service/xt-hold
EXTRA_PROGRAMS += $(xt_hold)
CLEANFILES += $(xt_hold)
tests_service_xt_hold_SOURCES = tests/service/xt-hold.c
tests_service_xt_hold_CFLAGS = $(xt_cflags)
tests_service_xt_hold_LDADD =
tests_service_xt_hold_LDFLAGS = -all-static

xen-test-programs: $(xt_hold)

EXTRA_DIST += \
	tests/service/README \
	tests/service/cases/__init__.py \
	tests/service/cases/busy.py \
	tests/service/cases/install.py \
	tests/service/cases/looks.py \
	tests/service/cases/purge.py \
	tests/service/cases/restart.py \
	tests/service/cases/settings.py \
	tests/service/cases/stitches.py \
	tests/service/cases/upgrade.py \
	tests/service/cases/watchdog.py \
	tests/service/cases/xenstored.py \
	tests/service/check-service \
	tests/service/dom0/init \
	tests/service/dom0/masked \
	tests/service/dom0/prepare \
	tests/service/dom0/serve \
	tests/service/dom0/xt-serve.service \
	tests/service/dom0/xt.sh \
	$(NULL)

# make check-service XEN_TEST_FLAGS="--only 'install-*' --keep"
check-service: xen-test-programs deb
	$(top_srcdir)/tests/service/check-service --build $(abs_builddir) $(XEN_TEST_FLAGS)

.PHONY: check-service
