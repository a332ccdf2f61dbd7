/* SPDX-License-Identifier: MIT */
/*
 * xt-input: prints what the guest's Xen keyboards, pointers and touch screens report.
 *
 *   -p PHYS    only devices whose physical path begins so, e.g. xenbus/device/vkbd/1
 *   -l         list the devices and end
 *   -e TYPE:CODE:VALUE  end after this event (1:194:0, F24 goes up)
 *   -n TIMES   end after that many of these events (1)
 *   -t SECONDS fail after so long (60)
 *
 * A line is a letter for the device (k, p or t), the event's type, code and value, and the guest's
 * time in milliseconds. When it has ended it prints "down" for each key and each contact that the
 * device has down, and "at" with the place of a pointer; in between "lost", if the device had more
 * events than it keeps for a reader.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define NODES_MAX   32
#define DEVICES_MAX 12
#define SLOTS_MAX   32
#define PREFIX      "Xen Virtual "

struct device {
	int fd;
	char letter;
	char phys[64];
};

static struct options {
	const char *phys;
	bool list;
	struct input_event end;
	unsigned long times;
	double limit;
} options = {.phys = "", .times = 1, .limit = 60};

static struct device devices[DEVICES_MAX];
static size_t n_devices;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void print_range(const struct device *device, unsigned int axis)
{
	struct input_absinfo info;

	if (ioctl(device->fd, EVIOCGABS(axis), &info) == 0 && info.maximum > 0)
		printf("range %c %u %d %d\n", device->letter, axis, info.minimum, info.maximum);
}

/* Returns whether the node is one of those wanted. */
static bool add_device(const char *path)
{
	struct device *device = &devices[n_devices];
	int clock = CLOCK_MONOTONIC;
	char name[64] = "";

	device->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (device->fd < 0)
		return false;
	device->phys[0] = '\0';
	ioctl(device->fd, EVIOCGNAME(sizeof(name) - 1), name);
	ioctl(device->fd, EVIOCGPHYS(sizeof(device->phys) - 1), device->phys);
	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0 ||
	    strncmp(device->phys, options.phys, strlen(options.phys)) != 0) {
		close(device->fd);
		return false;
	}
	device->letter = name[strlen(PREFIX)] == 'K'   ? 'k'
			 : name[strlen(PREFIX)] == 'P' ? 'p'
						       : 't';
	ioctl(device->fd, EVIOCSCLOCKID, &clock);
	printf("device %c %s %s\n", device->letter, device->phys, path);
	print_range(device, ABS_X);
	print_range(device, ABS_Y);
	print_range(device, ABS_MT_SLOT);
	print_range(device, ABS_MT_POSITION_X);
	print_range(device, ABS_MT_POSITION_Y);
	n_devices++;
	return true;
}

static int open_devices(void)
{
	for (int i = 0; i < NODES_MAX && n_devices < DEVICES_MAX; i++) {
		char path[32];

		snprintf(path, sizeof(path), "/dev/input/event%d", i);
		add_device(path);
	}
	return n_devices > 0 ? 0 : -1;
}

/* Returns 1 after the last event, 0, or -1. */
static int take(const struct device *device, const struct input_event *event)
{
	if (event->type == EV_SYN && event->code == SYN_DROPPED) {
		printf("lost %c\n", device->letter);
		return 0;
	}
	if (event->type == EV_SYN)
		return 0;
	printf("%c %u %u %d %lu\n", device->letter, event->type, event->code, event->value,
	       (unsigned long)event->input_event_sec * 1000 +
		       (unsigned long)event->input_event_usec / 1000);
	return event->type == options.end.type && event->code == options.end.code &&
	       event->value == options.end.value && --options.times == 0;
}

static int drain(const struct device *device)
{
	struct input_event events[64];
	ssize_t n;
	int r = 0;

	while ((n = read(device->fd, events, sizeof(events))) > 0)
		for (size_t i = 0; i < (size_t)n / sizeof(events[0]) && r >= 0; i++) {
			int taken = take(device, &events[i]);

			r = taken < 0 ? -1 : r | taken;
		}
	if (n < 0 && errno != EAGAIN) {
		printf("xt-input: %c is lost: %s\n", device->letter, strerror(errno));
		return -1;
	}
	return r;
}

static int follow(void)
{
	struct pollfd ready[DEVICES_MAX];
	double until = now() + options.limit;
	int r = 0;

	for (size_t i = 0; i < n_devices; i++)
		ready[i] = (struct pollfd){.fd = devices[i].fd, .events = POLLIN};
	while (r == 0) {
		if (now() > until) {
			printf("xt-input: the last event did not come\n");
			return -1;
		}
		poll(ready, n_devices, 200);
		for (size_t i = 0; i < n_devices && r == 0; i++)
			if (ready[i].revents != 0)
				r = drain(&devices[i]);
	}
	/* the last event of one device does not keep those of the others back */
	for (size_t i = 0; i < n_devices && r > 0; i++)
		if (drain(&devices[i]) < 0)
			r = -1;
	return r;
}

static void print_keys(const struct device *device)
{
	unsigned char keys[KEY_CNT / 8] = {0};

	ioctl(device->fd, EVIOCGKEY(sizeof(keys)), keys);
	for (unsigned int code = 0; code < KEY_CNT; code++)
		if (keys[code / 8] & 1u << code % 8)
			printf("down %c %u\n", device->letter, code);
}

static void print_place(const struct device *device)
{
	struct input_absinfo x, y;

	if (device->letter == 'p' && ioctl(device->fd, EVIOCGABS(ABS_X), &x) == 0 &&
	    ioctl(device->fd, EVIOCGABS(ABS_Y), &y) == 0 && x.maximum > 0)
		printf("at %d %d\n", x.value, y.value);
}

static void print_contacts(const struct device *device)
{
	struct {
		uint32_t code;
		int32_t values[SLOTS_MAX];
	} slots = {.code = ABS_MT_TRACKING_ID};
	struct input_absinfo info;

	if (ioctl(device->fd, EVIOCGABS(ABS_MT_SLOT), &info) != 0 || info.maximum >= SLOTS_MAX ||
	    ioctl(device->fd, EVIOCGMTSLOTS(sizeof(slots)), &slots) < 0)
		return;
	for (int i = 0; i <= info.maximum; i++)
		if (slots.values[i] >= 0)
			printf("down %c contact %d\n", device->letter, i);
}

static int parse(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "p:le:n:t:")) != -1) {
		unsigned int type, code;
		int value;

		if (c == 'p') {
			options.phys = optarg;
		} else if (c == 'l') {
			options.list = true;
		} else if (c == 'e' && sscanf(optarg, "%u:%u:%d", &type, &code, &value) == 3) {
			options.end.type = (uint16_t)type;
			options.end.code = (uint16_t)code;
			options.end.value = value;
		} else if (c == 'n') {
			options.times = strtoul(optarg, NULL, 10);
		} else if (c == 't') {
			options.limit = atof(optarg);
		} else {
			return -1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct sched_param first = {.sched_priority = 10};
	int r;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (parse(argc, argv) != 0) {
		fprintf(stderr, "usage: xt-input [-p PHYS] [-l] [-e TYPE:CODE:VALUE] [-n TIMES] "
				"[-t SECONDS]\n");
		return 2;
	}
	if (open_devices() != 0) {
		printf("xt-input: there is no such device\n");
		return 1;
	}
	if (options.list)
		return 0;
	/* a device keeps 64 events, and forgets all of them when there are more */
	sched_setscheduler(0, SCHED_FIFO, &first);
	printf("started\n");
	r = follow();
	for (size_t i = 0; i < n_devices; i++) {
		print_keys(&devices[i]);
		print_place(&devices[i]);
		print_contacts(&devices[i]);
	}
	return r == 1 ? 0 : 1;
}
