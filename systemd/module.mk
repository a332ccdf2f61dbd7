# SPDX-License-Identifier: MIT
UNIT_SOURCES = systemd/xenavd.service.in systemd/xenavd-access.service.in \
	systemd/xenavd-access-again.service.in
UNITS_AS_THEY_ARE = systemd/xenavd.socket systemd/xenavd-access.path
EXTRA_DIST += $(UNIT_SOURCES) $(UNITS_AS_THEY_ARE) systemd/modprobe.conf systemd/modules-load.conf \
	systemd/sysusers.conf systemd/tmpfiles.conf systemd/xenavd.catalog
if HAVE_SYSTEMD
nodist_systemdsystemunit_DATA = $(UNIT_SOURCES:.in=) $(UNITS_AS_THEY_ARE)
CLEANFILES += $(UNIT_SOURCES:.in=)
modprobedir = $(prefix)/lib/modprobe.d
modulesloaddir = $(prefix)/lib/modules-load.d
sysusersdir = $(prefix)/lib/sysusers.d
tmpfilesdir = $(prefix)/lib/tmpfiles.d
catalogdir = $(prefix)/lib/systemd/catalog
dist_catalog_DATA = systemd/xenavd.catalog
install-data-local:
	$(MKDIR_P) '$(DESTDIR)$(modprobedir)'
	$(INSTALL_DATA) $(srcdir)/systemd/modprobe.conf '$(DESTDIR)$(modprobedir)/xenavd.conf'
	$(MKDIR_P) '$(DESTDIR)$(modulesloaddir)'
	$(INSTALL_DATA) $(srcdir)/systemd/modules-load.conf '$(DESTDIR)$(modulesloaddir)/xenavd.conf'
	$(MKDIR_P) '$(DESTDIR)$(sysusersdir)'
	$(INSTALL_DATA) $(srcdir)/systemd/sysusers.conf '$(DESTDIR)$(sysusersdir)/xenavd.conf'
	$(MKDIR_P) '$(DESTDIR)$(tmpfilesdir)'
	$(INSTALL_DATA) $(srcdir)/systemd/tmpfiles.conf '$(DESTDIR)$(tmpfilesdir)/xenavd.conf'
uninstall-local:
	rm -f '$(DESTDIR)$(modprobedir)/xenavd.conf' '$(DESTDIR)$(modulesloaddir)/xenavd.conf' \
		'$(DESTDIR)$(sysusersdir)/xenavd.conf' '$(DESTDIR)$(tmpfilesdir)/xenavd.conf'
endif

$(UNIT_SOURCES:.in=): systemd/%.service: systemd/%.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) systemd && sed -e 's|[@]sbindir[@]|$(sbindir)|g' $< > $@.tmp && mv $@.tmp $@

# xenav-alsa has a user of its own.
EXTRA_DIST += systemd/xenav-alsa.service.in systemd/xenav-alsa.sysusers
if HAVE_SYSTEMD
if BUILD_ALSA
nodist_systemdsystemunit_DATA += systemd/xenav-alsa.service
CLEANFILES += systemd/xenav-alsa.service
install-data-hook:
	$(MKDIR_P) '$(DESTDIR)$(sysusersdir)'
	$(INSTALL_DATA) $(srcdir)/systemd/xenav-alsa.sysusers '$(DESTDIR)$(sysusersdir)/xenav-alsa.conf'
uninstall-hook:
	rm -f '$(DESTDIR)$(sysusersdir)/xenav-alsa.conf'
endif
endif

systemd/xenav-alsa.service: systemd/xenav-alsa.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) systemd && sed -e 's|[@]bindir[@]|$(bindir)|g; s|[@]sysconfdir[@]|$(sysconfdir)|g' $(srcdir)/systemd/xenav-alsa.service.in > $@.tmp && mv $@.tmp $@

# One for each guest.
EXTRA_DIST += systemd/xenav-vnc@.service.in
if HAVE_SYSTEMD
if BUILD_VNC
nodist_systemdsystemunit_DATA += systemd/xenav-vnc@.service
CLEANFILES += systemd/xenav-vnc@.service
endif
endif

systemd/xenav-vnc@.service: systemd/xenav-vnc@.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) systemd && sed -e 's|[@]bindir[@]|$(bindir)|g; s|[@]sysconfdir[@]|$(sysconfdir)|g' '$(srcdir)/systemd/xenav-vnc@.service.in' > $@.tmp && mv $@.tmp $@
