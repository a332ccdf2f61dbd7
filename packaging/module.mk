# SPDX-License-Identifier: MIT
# What packages are made of: debian/ and the spec file here.
EXTRA_DIST += packaging/make-deb packaging/xenavd.spec tests/copy-sources packaging/apparmor/usr.sbin.xenavd

debian_files = \
	changelog \
	control \
	copyright \
	libxenav-dev.install \
	libxenav0.install \
	libxenav0.symbols \
	libxenshbuf-dev.install \
	libxenshbuf0.install \
	libxenshbuf0.symbols \
	python3-xenav.install \
	rules \
	README.Debian \
	source/format \
	source/options \
	tests/build \
	tests/control \
	tests/smoke \
	tests/xen \
	xenav-libvirt.install \
	xenav-alsa.install \
	xenav-pipewire.install \
	xenav-record.install \
	xenav-view.install \
	xenav-vnc.install \
	xenav-vnc.postinst \
	xenav-vnc.prerm \
	xenavctl.install \
	xenavd.conf \
	xenavd.dirs \
	xenavd.docs \
	xenavd.install \
	xenavd.postinst \
	xenavd.postrm \
	xenavd.prerm \
	$(NULL)
EXTRA_DIST += $(addprefix debian/,$(debian_files))

deb:
	$(top_srcdir)/packaging/make-deb $(abs_builddir)/out/deb
.PHONY: deb

TESTS += tests/packaging/packages.test tests/packaging/apparmor.sh
dist_check_SCRIPTS += tests/packaging/packages.test tests/packaging/apparmor.sh
