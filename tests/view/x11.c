/* SPDX-License-Identifier: MIT */
/* See x11.h. */
#include <config.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <X11/Xutil.h>
#include <X11/extensions/XTest.h>

#include "x11.h"

/* A minute. */
#define FOCUS_TRIES 6000

#define MAX_ARGS 32

Display *x11;
static pid_t server;

/* -------- the server -------- */

static const char *const xvfb[] = {"/usr/bin/Xvfb", "-screen", "0", X11_SCREEN, "-r", NULL};
const char *const *x11_server = xvfb;

const char *x11_missing(void)
{
	return access(x11_server[0], X_OK) < 0 ? x11_server[0] : NULL;
}

/* A window may go while it is being looked at. */
static int on_error(Display *, XErrorEvent *)
{
	return 0;
}

static void exec_server(int fd)
{
	const char *argv[MAX_ARGS] = {0};
	char number[16];
	int argc = 0;

	snprintf(number, sizeof number, "%d", fd);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* The next descriptor was made for it. */
	fcntl(fd, F_SETFD, 0);
	if (!freopen("/dev/null", "w", stderr))
		_exit(126);
	for (int i = 0; x11_server[i] && argc < MAX_ARGS - 7; i++)
		argv[argc++] = x11_server[i];
	argv[argc++] = "-displayfd";
	argv[argc++] = number;
	argv[argc++] = "-nolisten";
	argv[argc++] = "tcp";
	argv[argc++] = "-noreset";
	argv[argc++] = "-ac";
	execv(argv[0], (char **)(uintptr_t)argv);
	_exit(127);
}

/* The server writes its number and a newline, perhaps apart. @return 0 or -1. */
static int read_number(int fd, char *name, size_t size)
{
	size_t n = strlen(name);

	while (n < size - 1 && read(fd, name + n, 1) == 1) {
		if (name[n] == '\n') {
			name[n] = 0;
			return 0;
		}
		n++;
	}
	return -1;
}

int x11_start(void)
{
	char name[16] = ":";
	int fds[2], rc;

	if (server > 0)
		return 0;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	fflush(NULL);
	server = fork();
	if (server == 0)
		exec_server(fds[1]);
	close(fds[1]);
	rc = read_number(fds[0], name, sizeof name);
	close(fds[0]);
	if (rc < 0)
		return -1;
	setenv("DISPLAY", name, 1);
	XSetErrorHandler(on_error);
	x11 = XOpenDisplay(name);
	if (x11)
		fcntl(ConnectionNumber(x11), F_SETFD, FD_CLOEXEC);
	return x11 ? 0 : -1;
}

void x11_kill(void)
{
	if (server <= 0)
		return;
	if (x11)
		XCloseDisplay(x11);
	x11 = NULL;
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	server = 0;
}

/* -------- windows -------- */

/* Weston sets this title only, and not WM_NAME. */
static unsigned char *utf8_title(Window window)
{
	const Atom utf8 = XInternAtom(x11, "UTF8_STRING", False);
	unsigned char *name = NULL;
	unsigned long n, left;
	Atom type;
	int bits;

	XGetWindowProperty(x11, window, XInternAtom(x11, "_NET_WM_NAME", False), 0, 64, False, utf8,
			   &type, &bits, &n, &left, &name);
	return name;
}

static bool title_begins(Window window, const char *title)
{
	unsigned char *name;
	bool does;

	if (!*title)
		return true;
	name = utf8_title(window);
	does = name && strncmp((const char *)name, title, strlen(title)) == 0;
	if (name)
		XFree(name);
	return does;
}

Window x11_find(const char *title)
{
	Window root, parent, found = 0, *children = NULL;
	unsigned int n = 0;

	if (!XQueryTree(x11, DefaultRootWindow(x11), &root, &parent, &children, &n))
		return 0;
	for (unsigned int i = 0; i < n && !found; i++) {
		XWindowAttributes at;

		if (XGetWindowAttributes(x11, children[i], &at) && at.map_state == IsViewable &&
		    title_begins(children[i], title))
			found = children[i];
	}
	XFree(children);
	return found;
}

bool x11_title_has(Window window, const char *text)
{
	char *name = NULL;
	bool has;

	if (!XFetchName(x11, window, &name) || !name)
		return false;
	has = strstr(name, text) != NULL;
	XFree(name);
	return has;
}

bool x11_shows(Window window, int x, int y, const uint32_t *pixels, unsigned int width,
	       unsigned int height)
{
	XImage *image = XGetImage(x11, window, x, y, width, height, AllPlanes, ZPixmap);
	bool is_same = image != NULL;

	for (unsigned int row = 0; is_same && row < height; row++)
		for (unsigned int column = 0; is_same && column < width; column++)
			is_same = (XGetPixel(image, (int)column, (int)row) & 0xffffff) ==
				  (pixels[row * width + column] & 0xffffff);
	if (image)
		XDestroyImage(image);
	return is_same;
}

bool x11_is_at(Window window, int x, int y, int width, int height)
{
	XWindowAttributes at = {0};

	return XGetWindowAttributes(x11, window, &at) && at.x == x && at.y == y &&
	       at.width == width && at.height == height;
}

long x11_pixel(Window window, int x, int y)
{
	XImage *image = XGetImage(x11, window, x, y, 1, 1, AllPlanes, ZPixmap);
	long pixel = -1;

	if (image) {
		pixel = (long)(XGetPixel(image, 0, 0) & 0xffffff);
		XDestroyImage(image);
	}
	return pixel;
}

/* -------- what a user does -------- */

void x11_key(unsigned int code, bool is_pressed)
{
	XTestFakeKeyEvent(x11, code + 8, is_pressed, CurrentTime);
	XFlush(x11);
}

void x11_button(unsigned int button, bool is_pressed)
{
	XTestFakeButtonEvent(x11, button, is_pressed, CurrentTime);
	XFlush(x11);
}

void x11_point(Window window, int x, int y)
{
	Window child;
	int root_x = 0, root_y = 0;

	XTranslateCoordinates(x11, window, DefaultRootWindow(x11), x, y, &root_x, &root_y, &child);
	XTestFakeMotionEvent(x11, -1, root_x, root_y, CurrentTime);
	XFlush(x11);
}

void x11_set_layout(const char *layout)
{
	char command[64];
	FILE *xkbcomp;

	snprintf(command, sizeof command, "xkbcomp -w0 - %s 2>/dev/null", DisplayString(x11));
	xkbcomp = popen(command, "w");
	if (!xkbcomp)
		return;
	fprintf(xkbcomp,
		"xkb_keymap {\n"
		"xkb_keycodes { include \"evdev\" };\n"
		"xkb_types { include \"complete\" };\n"
		"xkb_compat { include \"complete\" };\n"
		"xkb_symbols { include \"pc+%s+inet(evdev)\" };\n"
		"};\n",
		layout);
	pclose(xkbcomp);
}

static bool has_focus(Window window)
{
	Window focus = None;
	int revert_to;

	XGetInputFocus(x11, &focus, &revert_to);
	return focus == window;
}

void x11_focus(Window window)
{
	/* A window that is not viewable yet is refused. */
	for (int i = 0; i < FOCUS_TRIES; i++) {
		XSetInputFocus(x11, window, RevertToParent, CurrentTime);
		if (has_focus(window))
			return;
		poll(NULL, 0, 10);
	}
}

void x11_unfocus(void)
{
	x11_focus(DefaultRootWindow(x11));
}

void x11_close(Window window)
{
	XEvent event = {0};

	event.xclient.type = ClientMessage;
	event.xclient.window = window;
	event.xclient.message_type = XInternAtom(x11, "WM_PROTOCOLS", False);
	event.xclient.format = 32;
	event.xclient.data.l[0] = (long)XInternAtom(x11, "WM_DELETE_WINDOW", False);
	event.xclient.data.l[1] = CurrentTime;
	XSendEvent(x11, window, False, NoEventMask, &event);
	XFlush(x11);
}
