/* SPDX-License-Identifier: MIT */
/*
 * See xorg.h.  Its screen is the driver "dummy"; its touch screen is the driver "inputtest", see
 * inputtestdrv(4), which is told of fingers through a socket.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <X11/extensions/XI2.h>

#include "unit/test.h"
#include "view/x11.h"
#include "view/xorg.h"

static const char text[] = "Section \"ServerFlags\"\n"
			   "  Option \"AutoAddDevices\" \"false\"\n"
			   "  Option \"AutoAddGPU\" \"false\"\n"
			   "EndSection\n"
			   "Section \"Device\"\n"
			   "  Identifier \"card\"\n"
			   "  Driver \"dummy\"\n"
			   "  VideoRam 16384\n"
			   "EndSection\n"
			   "Section \"Screen\"\n"
			   "  Identifier \"screen\"\n"
			   "  Device \"card\"\n"
			   "  DefaultDepth 24\n"
			   "  SubSection \"Display\"\n"
			   "    Modes \"800x600\"\n"
			   "  EndSubSection\n"
			   "EndSection\n"
			   "Section \"InputDevice\"\n"
			   "  Identifier \"fingers\"\n"
			   "  Driver \"inputtest\"\n"
			   "  Option \"DeviceType\" \"Touch\"\n"
			   "  Option \"TouchCount\" \"5\"\n"
			   "  Option \"SocketPath\" \"%s/touch\"\n"
			   "EndSection\n"
			   "Section \"ServerLayout\"\n"
			   "  Identifier \"layout\"\n"
			   "  Screen \"screen\"\n"
			   "  InputDevice \"fingers\"\n"
			   "EndSection\n";

static char dir[] = "/tmp/xenav-xorg-XXXXXX";
static char config_path[64], log_path[64], socket_path[64];
static pid_t owner;
static int fingers = -1;

/* -------- the server -------- */

static const char *const server[] = {
	"/usr/lib/xorg/Xorg", "-config",   config_path,  "-logfile", log_path,
	"-novtswitch",        "-sharevts", "-configdir", dir,        NULL};

/* Tests run in children of the program. */
static void remove_all(void)
{
	if (getpid() != owner)
		return;
	unlink(config_path);
	unlink(log_path);
	unlink(socket_path);
	rmdir(dir);
}

static void __attribute__((constructor)) choose_xorg(void)
{
	FILE *file;

	x11_server = server;
	if (!mkdtemp(dir))
		return;
	owner = getpid();
	atexit(remove_all);
	snprintf(config_path, sizeof config_path, "%s/xorg.conf", dir);
	snprintf(log_path, sizeof log_path, "%s/log", dir);
	snprintf(socket_path, sizeof socket_path, "%s/touch", dir);
	file = fopen(config_path, "we");
	if (!file)
		return;
	fprintf(file, text, dir);
	fclose(file);
}

/* -------- fingers -------- */

/* Positions are parts of the screen. */
#define FULL 65535.0

enum { CLIENT_VERSION = 0, TOUCH = 6 };

struct version {
	uint32_t length;
	uint32_t type;
	uint16_t major, minor;
};

struct touch {
	uint32_t length;
	uint32_t type;
	uint32_t finger;
	uint32_t what;
	uint32_t has_unaccelerated;
	uint8_t mask[8]; /* of the values that are told: x and y are the first two */
	double values[64];
	double unaccelerated[64];
};

static void connect_fingers(void)
{
	const struct version mine = {sizeof mine, CLIENT_VERSION, 1, 0};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct version its;

	snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_path);
	fingers = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fingers >= 0);
	assert_int_equal(connect(fingers, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(write(fingers, &mine, sizeof mine), sizeof mine);
	assert_int_equal(recv(fingers, &its, sizeof its, MSG_WAITALL), sizeof its);
}

void xorg_touch(uint32_t finger, enum xorg_touch what, Window window, int x, int y)
{
	const Window root = DefaultRootWindow(x11);
	struct touch t = {.length = sizeof t, .type = TOUCH, .finger = finger, .mask = {3}};
	XWindowAttributes screen = {0};
	int root_x = 0, root_y = 0;
	Window child;

	if (fingers < 0)
		connect_fingers();
	XTranslateCoordinates(x11, window, root, x, y, &root_x, &root_y, &child);
	assert_true(XGetWindowAttributes(x11, root, &screen));
	t.what = XI_TouchBegin + (uint32_t)what;
	t.values[0] = (root_x + 0.5) * FULL / screen.width;
	t.values[1] = (root_y + 0.5) * FULL / screen.height;
	assert_int_equal(write(fingers, &t, sizeof t), sizeof t);
}

void xorg_forget_touch(void)
{
	if (fingers >= 0)
		close(fingers);
	fingers = -1;
}
