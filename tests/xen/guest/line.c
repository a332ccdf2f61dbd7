/* SPDX-License-Identifier: MIT */
#include "line.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static uint32_t crc32(const char *text, size_t length)
{
	uint32_t crc = 0xffffffffu;

	for (size_t i = 0; i < length; i++) {
		crc ^= (unsigned char)text[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1u ? 0xedb88320u : 0u);
	}
	return ~crc;
}

/* A private base 64 without padding: the length of the text gives the length of the data. */
static size_t encode(char *text, const unsigned char *data, size_t length)
{
	size_t out = 0;
	uint32_t bits = 0;
	unsigned int held = 0;

	for (size_t i = 0; i < length; i++) {
		bits = bits << 8 | data[i];
		for (held += 8; held >= 6; held -= 6)
			text[out++] = digits[bits >> (held - 6) & 63u];
	}
	if (held > 0)
		text[out++] = digits[bits << (6 - held) & 63u];
	return out;
}

static int decode(unsigned char *data, size_t *length, const char *text)
{
	uint32_t bits = 0;
	unsigned int held = 0;
	size_t out = 0;

	for (; *text != '\0'; text++) {
		const char *digit = strchr(digits, *text);

		if (digit == NULL || out == XT_READ_CHUNK)
			return -1;
		bits = bits << 6 | (uint32_t)(digit - digits);
		held += 6;
		if (held >= 8) {
			held -= 8;
			data[out++] = (unsigned char)(bits >> held);
		}
	}
	*length = out;
	return 0;
}

int xt_raw(int fd)
{
	struct termios mode;

	if (tcgetattr(fd, &mode) != 0)
		return -1;
	cfmakeraw(&mode);
	return tcsetattr(fd, TCSANOW, &mode);
}

int xt_send(int fd, const struct xt_line *line)
{
	char text[XT_LINE_MAX + 16];
	size_t length;
	size_t sent = 0;

	length = (size_t)snprintf(text, sizeof(text), "@%c %" PRIx32 " %" PRIx32 " =", line->verb,
				  line->id, line->number);
	length += encode(text + length, line->data, line->length);
	length += (size_t)snprintf(text + length, sizeof(text) - length, " %08" PRIx32 "\n",
				   crc32(text, length));
	while (sent < length) {
		struct pollfd ready = {.fd = fd, .events = POLLOUT};
		ssize_t n;

		if (poll(&ready, 1, 2000) <= 0)
			return -1;
		n = write(fd, text + sent, length - sent);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -1;
		if (n > 0)
			sent += (size_t)n;
	}
	return 0;
}

static int parse(char *text, struct xt_line *line)
{
	char *start = strrchr(text, '@');
	char *crc;
	char *data;
	uint32_t want;

	if (start == NULL)
		return -1;
	crc = strrchr(start, ' ');
	data = strchr(start, '=');
	if (crc == NULL || data == NULL || data > crc || sscanf(crc, " %8" SCNx32, &want) != 1)
		return -1;
	if (crc32(start, (size_t)(crc - start)) != want)
		return -1;
	*crc = '\0';
	if (sscanf(start, "@%c %" SCNx32 " %" SCNx32, &line->verb, &line->id, &line->number) != 3)
		return -1;
	return decode(line->data, &line->length, data + 1);
}

/* Takes one complete line out of the buffer. Returns 1, or 0 when there is none. */
static int take(struct xt_reader *reader, struct xt_line *line)
{
	char *end;

	while ((end = memchr(reader->text, '\n', reader->length)) != NULL) {
		char text[XT_LINE_MAX];
		size_t length = (size_t)(end - reader->text);
		size_t i;

		/* the terminal may put a carriage return anywhere */
		for (i = 0; i < length; i++)
			text[i] = reader->text[i] == '\0' || reader->text[i] == '\r'
					  ? ' '
					  : reader->text[i];
		while (length > 0 && text[length - 1] == ' ')
			length--;
		text[length] = '\0';
		reader->length -= (size_t)(end + 1 - reader->text);
		memmove(reader->text, end + 1, reader->length);
		if (parse(text, line) == 0)
			return 1;
	}
	if (reader->length >= sizeof(reader->text) - 1)
		reader->length = 0;
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int xt_receive(int fd, struct xt_reader *reader, struct xt_line *line, int timeout_ms)
{
	int64_t until = now_ms() + timeout_ms;

	for (;;) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		int64_t left = until - now_ms();
		ssize_t n;

		if (take(reader, line))
			return 1;
		if (timeout_ms >= 0 && left <= 0)
			return 0;
		if (poll(&ready, 1, timeout_ms < 0 ? -1 : (int)left) <= 0)
			continue;
		n = read(fd, reader->text + reader->length,
			 sizeof(reader->text) - 1 - reader->length);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			return -1;
		if (n > 0)
			reader->length += (size_t)n;
	}
}
