/* SPDX-License-Identifier: MIT */
/*
 * Lines that survive a console: "@VERB ID NUMBER BASE64 CRC\n", at most XT_LINE_MAX bytes. Both
 * ends drop lines with a wrong checksum and the asking end asks again, so lost characters and
 * kernel messages in between cost time only. Every request may be repeated without harm.
 *
 *   W id seq data    append chunk seq to the script     w id next -
 *   X id 0 -         run the script, once               x id 0 -
 *   P id 0 -         is it still running                p id 0 -  (running) | e id rc size-in-text
 *   R id offset -    read the output                    r id offset data   (no data: the end)
 */
#ifndef XT_LINE_H
#define XT_LINE_H

#include <stddef.h>
#include <stdint.h>

#define XT_LINE_MAX    700
#define XT_WRITE_CHUNK 96  /* towards the guest the console ring holds 1024 bytes */
#define XT_READ_CHUNK  384 /* from the guest 2048 */

struct xt_line {
	char verb;
	uint32_t id;
	uint32_t number;
	size_t length;
	unsigned char data[XT_READ_CHUNK];
};

struct xt_reader {
	char text[XT_LINE_MAX];
	size_t length;
};

/* Makes a terminal pass every byte as it is. Returns 0 or -1 with errno. */
int xt_raw(int fd);

/* Returns 0, or -1 when the other end does not take the bytes within two seconds. */
int xt_send(int fd, const struct xt_line *line);

/*
 * Waits up to timeout_ms for one good line. Returns 1 with the line, 0 when the time is over,
 * -1 when the descriptor is at its end.
 */
int xt_receive(int fd, struct xt_reader *reader, struct xt_line *line, int timeout_ms);

#endif
