# SPDX-License-Identifier: MIT
# xenav-demo-daemon: the rooms of the daemon with made-up guests.  What memory.c, port.c and keypage.c
# define is not taken from the library, so nothing of daemon/xen that calls Xen's libraries is linked,
# and --as-needed leaves those out.
DEMO_SOURCES = \
	daemon/demo/cast.c \
	daemon/demo/cast.h \
	daemon/demo/ear.c \
	daemon/demo/ear.h \
	daemon/demo/facts.c \
	daemon/demo/facts.h \
	daemon/demo/keyboard.c \
	daemon/demo/keypage.c \
	daemon/demo/keypage.h \
	daemon/demo/memory.c \
	daemon/demo/memory.h \
	daemon/demo/options.c \
	daemon/demo/options.h \
	daemon/demo/pcm.c \
	daemon/demo/pcm.h \
	daemon/demo/picture.c \
	daemon/demo/picture.h \
	daemon/demo/player.c \
	daemon/demo/plug.c \
	daemon/demo/plug.h \
	daemon/demo/port.c \
	daemon/demo/port.h \
	daemon/demo/programs.h \
	daemon/demo/recorder.c \
	daemon/demo/rival.c \
	daemon/demo/rival.h \
	daemon/demo/screen.c \
	daemon/demo/stage.c \
	daemon/demo/stage.h \
	daemon/demo/tune.c \
	daemon/demo/tune.h \
	$(NULL)

bin_PROGRAMS += xenav-demo-daemon
xenav_demo_daemon_SOURCES = daemon/demo/main.c $(DEMO_SOURCES) lib/shbuf/pgdir.c lib/shbuf/pgdir.h
xenav_demo_daemon_CFLAGS = $(daemon_libxenavd_la_CFLAGS)
xenav_demo_daemon_LDADD = daemon/libxenavd.la lib/libxenav.la lib/libwire.la $(LIBEVENT_LIBS)
xenav_demo_daemon_LDFLAGS = $(AM_LDFLAGS) $(XENAV_PIE) -Wl,--as-needed
