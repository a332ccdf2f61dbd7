# SPDX-License-Identifier: MIT
# xenav-vnc.  Everything but main.c is a convenience library, for the tests.
VNC_SOURCES = \
	backends/vnc/address.c \
	backends/vnc/address.h \
	backends/vnc/client-hooks.c \
	backends/vnc/client-priv.h \
	backends/vnc/client.c \
	backends/vnc/client.h \
	backends/vnc/doors.c \
	backends/vnc/doors.h \
	backends/vnc/guest.c \
	backends/vnc/guest.h \
	backends/vnc/inputs.c \
	backends/vnc/inputs.h \
	backends/vnc/keyboard.c \
	backends/vnc/keyboard.h \
	backends/vnc/lockout.c \
	backends/vnc/lockout.h \
	backends/vnc/log.c \
	backends/vnc/log.h \
	backends/vnc/look.c \
	backends/vnc/look.h \
	backends/vnc/messages.c \
	backends/vnc/messages.h \
	backends/vnc/mix.c \
	backends/vnc/mix.h \
	backends/vnc/net.c \
	backends/vnc/net.h \
	backends/vnc/options.c \
	backends/vnc/options.h \
	backends/vnc/passwords.c \
	backends/vnc/passwords.h \
	backends/vnc/paste.c \
	backends/vnc/paste.h \
	backends/vnc/pcm.c \
	backends/vnc/pcm.h \
	backends/vnc/peer.c \
	backends/vnc/peer.h \
	backends/vnc/picture.c \
	backends/vnc/picture.h \
	backends/vnc/pointer.c \
	backends/vnc/pointer.h \
	backends/vnc/qemu.c \
	backends/vnc/qemu.h \
	backends/vnc/qnum.c \
	backends/vnc/qnum.h \
	backends/vnc/refusal.c \
	backends/vnc/refusal.h \
	backends/vnc/screen.c \
	backends/vnc/screen.h \
	backends/vnc/sound.c \
	backends/vnc/sound.h \
	backends/vnc/tap.c \
	backends/vnc/tap.h \
	backends/vnc/voices.c \
	backends/vnc/voices.h \
	backends/vnc/webdoor.c \
	backends/vnc/webdoor.h \
	backends/vnc/wire.c \
	backends/vnc/wire.h \
	$(NULL)

include backends/vnc/web/module.mk

if BUILD_VNC
noinst_LTLIBRARIES += backends/libvnc.la
backends_libvnc_la_SOURCES = $(VNC_SOURCES)
backends_libvnc_la_CPPFLAGS = $(AM_CPPFLAGS) -DVNC_PAGE_DIR='"$(vncpagedir)"'
backends_libvnc_la_CFLAGS = $(AM_CFLAGS) $(VNC_CFLAGS) $(XKBCOMMON_CFLAGS) $(LIBEVENT_CFLAGS) $(LIBSYSTEMD_CFLAGS)
backends_libvnc_la_LIBADD = backends/libcommon.la backends/libkeys.la backends/libloop.la \
	$(VNC_LIBS) $(LIBSYSTEMD_LIBS) -lm
if BUILD_WEB
backends_libvnc_la_LIBADD += backends/libweb.la
endif

bin_PROGRAMS += xenav-vnc
xenav_vnc_SOURCES = backends/vnc/main.c
xenav_vnc_CFLAGS = $(AM_CFLAGS) $(VNC_CFLAGS) $(LIBSYSTEMD_CFLAGS)
xenav_vnc_LDFLAGS = $(AM_LDFLAGS) $(XENAV_PIE)
xenav_vnc_LDADD = backends/libvnc.la lib/libxenav.la lib/libwire.la
endif
