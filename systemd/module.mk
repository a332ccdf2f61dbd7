# SPDX-License-Identifier: MIT
EXTRA_DIST += systemd/xenavd.service.in systemd/modprobe.conf systemd/modules-load.conf \
	systemd/sysusers.conf
if HAVE_SYSTEMD
nodist_systemdsystemunit_DATA = systemd/xenavd.service
CLEANFILES += systemd/xenavd.service
modprobedir = $(prefix)/lib/modprobe.d
modulesloaddir = $(prefix)/lib/modules-load.d
sysusersdir = $(prefix)/lib/sysusers.d
install-data-local:
	$(MKDIR_P) '$(DESTDIR)$(modprobedir)'
	$(INSTALL_DATA) $(srcdir)/systemd/modprobe.conf '$(DESTDIR)$(modprobedir)/xenavd.conf'
	$(MKDIR_P) '$(DESTDIR)$(modulesloaddir)'
	$(INSTALL_DATA) $(srcdir)/systemd/modules-load.conf '$(DESTDIR)$(modulesloaddir)/xenavd.conf'
	$(MKDIR_P) '$(DESTDIR)$(sysusersdir)'
	$(INSTALL_DATA) $(srcdir)/systemd/sysusers.conf '$(DESTDIR)$(sysusersdir)/xenavd.conf'
uninstall-local:
	rm -f '$(DESTDIR)$(modprobedir)/xenavd.conf' '$(DESTDIR)$(modulesloaddir)/xenavd.conf' \
		'$(DESTDIR)$(sysusersdir)/xenavd.conf'
endif

systemd/xenavd.service: systemd/xenavd.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) systemd && sed -e 's|[@]sbindir[@]|$(sbindir)|g' $(srcdir)/systemd/xenavd.service.in > $@.tmp && mv $@.tmp $@
