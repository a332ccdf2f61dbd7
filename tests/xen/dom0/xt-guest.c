/* SPDX-License-Identifier: MIT */
/*
 * xt-guest TTY SECONDS < SCRIPT: runs a shell script in the guest behind a xenconsoled terminal,
 * prints its output and ends with its exit code; 124 when the time is over, 125 when the
 * guest does not answer. Several may run at once: the terminal is locked for one exchange only.
 */
#include "../guest/line.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { RC_TIMEOUT = 124, RC_SILENT = 125 };

static int tty;
static time_t deadline;

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/*
 * Sends the request again until an answer with the same id and one of the two verbs comes. Half a
 * second is much longer than the few milliseconds that the guest needs for an answer.
 */
static void exchange(struct xt_line *line, const char *verbs)
{
	static struct xt_reader reader;
	struct xt_line reply;
	uint32_t id = line->id;

	if (flock(tty, LOCK_EX) != 0) {
		perror("xt-guest: lock");
		exit(RC_SILENT);
	}
	tcflush(tty, TCIFLUSH);
	reader.length = 0;
	for (;;) {
		if (xt_send(tty, line) == 0)
			while (xt_receive(tty, &reader, &reply, 500) > 0)
				if (reply.id == id && strchr(verbs, reply.verb) != NULL)
					goto out;
		if (seconds() >= deadline) {
			fprintf(stderr, "xt-guest: the guest does not answer\n");
			exit(RC_SILENT);
		}
	}
out:
	flock(tty, LOCK_UN);
	*line = reply;
}

static void upload(uint32_t id)
{
	struct xt_line line;
	uint32_t chunk = 0;
	size_t length;
	unsigned char data[XT_WRITE_CHUNK];

	while ((length = fread(data, 1, sizeof(data), stdin)) > 0 || chunk == 0) {
		do {
			line = (struct xt_line){.verb = 'W', .id = id, .number = chunk};
			line.length = length;
			memcpy(line.data, data, length);
			exchange(&line, "w");
		} while (line.number != chunk + 1);
		chunk++;
	}
}

static void download(uint32_t id)
{
	uint32_t offset = 0;

	for (;;) {
		struct xt_line line = {.verb = 'R', .id = id, .number = offset};

		exchange(&line, "r");
		if (line.number != offset)
			continue;
		if (line.length == 0)
			return;
		fwrite(line.data, 1, line.length, stdout);
		offset += (uint32_t)line.length;
	}
}

int main(int argc, char **argv)
{
	uint32_t id = (uint32_t)getpid() << 16 ^ (uint32_t)time(NULL);
	struct xt_line line = {.verb = 'X', .id = id};
	int rc = RC_TIMEOUT;

	if (argc != 3) {
		fprintf(stderr, "usage: xt-guest TTY SECONDS < SCRIPT\n");
		return 2;
	}
	deadline = seconds() + atoi(argv[2]);
	tty = open(argv[1], O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (tty < 0 || xt_raw(tty) != 0) {
		fprintf(stderr, "xt-guest: %s: %s\n", argv[1], strerror(errno));
		return RC_SILENT;
	}
	upload(id);
	exchange(&line, "x");
	while (seconds() < deadline) {
		usleep(50 * 1000);
		line = (struct xt_line){.verb = 'P', .id = id};
		exchange(&line, "pe");
		if (line.verb == 'e') {
			rc = (int)line.number;
			break;
		}
	}
	download(id);
	return fflush(stdout) == 0 ? rc : RC_SILENT;
}
