# SPDX-License-Identifier: MIT
EXTRA_DIST += systemd/xenavd.service.in systemd/modules-load.conf systemd/sysusers.conf
if HAVE_SYSTEMD
nodist_systemdsystemunit_DATA = systemd/xenavd.service
CLEANFILES += systemd/xenavd.service
modulesloaddir = $(prefix)/lib/modules-load.d
sysusersdir = $(prefix)/lib/sysusers.d
install-data-local:
	$(MKDIR_P) '$(DESTDIR)$(modulesloaddir)'
	$(INSTALL_DATA) $(srcdir)/systemd/modules-load.conf '$(DESTDIR)$(modulesloaddir)/xenavd.conf'
	$(MKDIR_P) '$(DESTDIR)$(sysusersdir)'
	$(INSTALL_DATA) $(srcdir)/systemd/sysusers.conf '$(DESTDIR)$(sysusersdir)/xenavd.conf'
uninstall-local:
	rm -f '$(DESTDIR)$(modulesloaddir)/xenavd.conf' '$(DESTDIR)$(sysusersdir)/xenavd.conf'
endif

systemd/xenavd.service: systemd/xenavd.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) systemd && sed -e 's|[@]sbindir[@]|$(sbindir)|g' $(srcdir)/systemd/xenavd.service.in > $@.tmp && mv $@.tmp $@
