# SPDX-License-Identifier: MIT
# xenavctl: a program over lib/wire, and over libxenav where it takes a picture.
if BUILD_CTL
bin_PROGRAMS += xenavctl
xenavctl_SOURCES = \
	backends/common/utf8.c \
	backends/common/utf8.h \
	ctl/client.c \
	ctl/client.h \
	ctl/complete.c \
	ctl/complete.h \
	ctl/ctl.h \
	ctl/document.c \
	ctl/document.h \
	ctl/families.c \
	ctl/families.h \
	ctl/list.c \
	ctl/main.c \
	ctl/metrics.c \
	ctl/monitor.c \
	ctl/orders.c \
	ctl/rates.c \
	ctl/rates.h \
	ctl/run.c \
	ctl/show.c \
	ctl/status.c \
	ctl/status.h \
	ctl/table.c \
	ctl/table.h \
	ctl/top.c \
	ctl/words.c \
	ctl/words.h \
	$(NULL)
xenavctl_CFLAGS = $(AM_CFLAGS) $(JSON_CFLAGS)
xenavctl_LDFLAGS = $(AM_LDFLAGS) $(XENAV_PIE) -Wl,--as-needed
xenavctl_LDADD = lib/libwire.la $(JSON_LIBS)
if BUILD_RECORD
xenavctl_SOURCES += ctl/screenshot.c
xenavctl_LDADD += backends/librecord.la lib/libxenav.la
else
xenavctl_SOURCES += ctl/no-screenshot.c
endif
bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = ctl/bash/xenavctl
dist_zshcompletion_DATA = ctl/zsh/_xenavctl

if HAVE_SYSTEMD
dist_systemdsystemunit_DATA = systemd/xenavctl-metrics.timer
nodist_systemdsystemunit_DATA += systemd/xenavctl-metrics.service
CLEANFILES += systemd/xenavctl-metrics.service
endif
endif
EXTRA_DIST += ctl/no-screenshot.c ctl/screenshot.c systemd/xenavctl-metrics.service.in

systemd/xenavctl-metrics.service: systemd/xenavctl-metrics.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) systemd && sed -e 's|[@]bindir[@]|$(bindir)|g' $(srcdir)/systemd/xenavctl-metrics.service.in > $@.tmp && mv $@.tmp $@
