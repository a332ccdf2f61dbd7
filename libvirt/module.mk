# SPDX-License-Identifier: MIT
# The hook for guests of libvirt, which runs each program in this folder of the administrator's.
libvirthookdir = $(sysconfdir)/libvirt/hooks/libxl.d
nodist_libvirthook_SCRIPTS = libvirt/xenav
xenavdlibexecdir = $(libexecdir)/xenavd
dist_xenavdlibexec_SCRIPTS = libvirt/libvirt-hook

EXTRA_DIST += libvirt/xenav.in
CLEANFILES += libvirt/xenav
libvirt/xenav: libvirt/xenav.in Makefile
	$(AM_V_GEN)$(MKDIR_P) libvirt && sed -e 's|[@]libexecdir[@]|$(libexecdir)|g' $(srcdir)/libvirt/xenav.in > $@.tmp && chmod +x $@.tmp && mv $@.tmp $@

TESTS += tests/libvirt/hook.test
dist_check_SCRIPTS += tests/libvirt/hook.test
