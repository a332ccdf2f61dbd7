# SPDX-License-Identifier: MIT
# The pages are written in scdoc; without it there are none.
pages = \
	man/libxenav.3 \
	man/xenav-alsa.1 \
	man/xenav-demo-daemon.1 \
	man/xenav-guest.7 \
	man/xenav-protocol.7 \
	man/xenav-performance.7 \
	man/xenav-pipewire.1 \
	man/xenav-python.1 \
	man/xenav-record.1 \
	man/xenav-type.1 \
	man/xenavctl.1 \
	man/xenav-vnc.1 \
	man/xenav-view.1 \
	man/xenavd.8 \
	man/xenavd.conf.5 \
	man/xenavd-setup.7 \
	$(NULL)
EXTRA_DIST += $(pages:=.scd)
# A picture of xenav-performance(7), made by tests/bench/plot-results.
dist_doc_DATA += man/xenav-performance.svg
if HAVE_SCDOC
man_MANS += $(pages)
CLEANFILES += $(pages)

SUFFIXES = .scd
.scd:
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(SCDOC) <$< >$@.tmp && mv $@.tmp $@
endif
