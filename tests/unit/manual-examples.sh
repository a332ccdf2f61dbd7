#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The examples of man/libxenav.3.scd, LOOPS and RECONNECTING, compile, and the loops serve a connection
# until it ends: with poll, libevent, GLib and PipeWire, as far as these are installed.
: "${top_srcdir:=.}" "${top_builddir:=.}" "${CC:=cc}"
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
lib=$top_builddir/lib/.libs/libxenav.so
flags="-std=gnu11 -Wall -Wextra -Wno-unused-parameter -Werror -I$top_srcdir/include"
n=0

# report RESULT NAME
report() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		sed 's/^/# /' "$dir/log"
		echo "not ok $n - $2"
	fi
}

skip() {
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

# Blocks that begin with an #include are whole files: 1.c, 2.c, ...
awk -v dir="$dir" '
	/^```/ { inside = !inside; begins = inside; file = ""; next }
	inside && begins && /^#include/ { file = dir "/" ++n ".c" }
	{ begins = 0 }
	inside && file { print > file }' "$top_srcdir/man/libxenav.3.scd"

# Serves a connection to a daemon that welcomes, announces nothing and goes.
cat >"$dir/driver.c" <<'END'
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "xenav-proto.h"

int drive(int sock);

/* The daemon. */
static void welcome(int sock)
{
	struct xenav_msg_plain announced = {{XENAV_OP_ANNOUNCED, sizeof announced, 0}};
	struct xenav_msg_hello hello;

	if (recv(sock, &hello, sizeof hello, 0) != sizeof hello)
		_exit(1);
	memset(&hello.name, 0, sizeof hello.name);
	strcpy(hello.name, "driver");
	hello.h.opcode = XENAV_OP_WELCOME;
	send(sock, &hello, sizeof hello, 0);
	usleep(1000);
	send(sock, &announced, sizeof announced, 0);
	usleep(1000);
	_exit(0);
}

int main(void)
{
	int socks[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) < 0)
		return 1;
	if (fork() == 0) {
		close(socks[1]);
		welcome(socks[0]);
	}
	close(socks[0]);
	alarm(300);
	return drive(socks[1]);
}
END
cat >"$dir/drive.c" <<'END'
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <xenav.h>

int serve(struct xenav *x);
int drive(int sock);

static int n_calls;

static void on_connected(void *data, const char *name)
{
	n_calls += 1;
}

static void on_announced(void *data)
{
	n_calls += 10;
}

int drive(int sock)
{
	static struct xenav_listener listener = {
		.size = sizeof listener, .connected = on_connected, .announced = on_announced};
	struct xenav *x;
	int rc = xenav_open_fd(&x, sock, "loop", &listener, NULL);

	if (rc == 0)
		rc = serve(x);
	xenav_close(x);
	printf("rc=%d calls=%d\n", rc, n_calls);
	return rc == -EPIPE && n_calls == 11 ? 0 : 1;
}
END

# try NUMBER NAME [PACKAGE]: compile an example, and run it.
try() {
	if [ $# = 3 ] && ! pkg-config --exists "$3" 2>/dev/null; then
		skip "$2" "there is no $3"
		return
	fi
	if [ ! -e "$lib" ]; then
		skip "$2" 'the library is not built here'
		return
	fi
	more=$([ $# = 3 ] && pkg-config --cflags "$3" | sed 's/-I/-isystem /g')
	libs=$([ $# = 3 ] && pkg-config --libs "$3")
	# shellcheck disable=SC2086 # words
	$CC $flags $more -c "$dir/$1.c" -o "$dir/$1.o" >"$dir/log" 2>&1 &&
		$CC "$dir/$1.o" "$dir/drive.o" "$dir/driver.o" "$lib" -Wl,--allow-shlib-undefined \
			$libs -o "$dir/$1" >>"$dir/log" 2>&1
	rc=$?
	# A library with a sanitizer needs a program that was compiled with it.
	if [ $rc = 0 ] && ! nm -D "$lib" | grep -q '__[at]san_\|__ubsan_'; then
		LD_LIBRARY_PATH=$top_builddir/lib/.libs "$dir/$1" >>"$dir/log" 2>&1
		rc=$?
	fi
	report $rc "$2"
}

echo 1..6
# shellcheck disable=SC2086
$CC $flags -c "$dir/driver.c" -o "$dir/driver.o" >"$dir/log" 2>&1 &&
	$CC $flags -c "$dir/drive.c" -o "$dir/drive.o" >>"$dir/log" 2>&1 &&
	[ -e "$dir/5.c" ] && [ ! -e "$dir/6.c" ]
report $? there_are_five_examples
try 1 a_loop_of_poll_serves_a_connection
try 2 libevent_serves_a_connection libevent_core
try 3 glib_serves_a_connection glib-2.0
try 4 pipewire_serves_a_connection libpipewire-0.3
# shellcheck disable=SC2086
$CC $flags -c "$dir/5.c" -o "$dir/5.o" >"$dir/log" 2>&1
report $? the_recipe_for_connecting_again_compiles
