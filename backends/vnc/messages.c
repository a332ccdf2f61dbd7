/* SPDX-License-Identifier: MIT */
/* See messages.h. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "vnc/messages.h"

#define MAX_ENCODINGS 1024u
#define MAX_CHAT      4096u

/* Security types of RFB. */
#define SECURITY_NONE 1
#define SECURITY_VNC  2

#define RESPONSE_BYTES 16

/* Types of messages. */
enum {
	SET_PIXEL_FORMAT = 0,
	SET_ENCODINGS = 2,
	UPDATE_REQUEST = 3,
	KEY_EVENT = 4,
	POINTER_EVENT = 5,
	CUT_TEXT = 6,
	FILE_TRANSFER = 7,
	SET_SCALE = 8,
	SET_SERVER_INPUT = 9,
	SET_SINGLE_WINDOW = 10,
	TEXT_CHAT = 11,
	PALM_SET_SCALE = 15,
	XVP = 250,
	SET_DESKTOP_SIZE = 251,
	QEMU = 255,
};

static uint32_t u16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t u32(const uint8_t *p)
{
	return u16(p) << 16 | u16(p + 2);
}

/* -------- the beginning -------- */

static int number(const uint8_t *p)
{
	int n = 0;

	for (unsigned int i = 0; i < 3; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -EPROTO;
		n = 10 * n + p[i] - '0';
	}
	return n;
}

int messages_begin(struct messages *m, const uint8_t version[VERSION_BYTES], bool has_password)
{
	int minor;

	if (memcmp(version, "RFB 003.", 8) != 0 || version[11] != '\n')
		return -EPROTO;
	minor = number(version + 8);
	if (minor < 3)
		return -EPROTO;
	minor = minor < 7 ? 3 : minor == 7 ? 7 : 8;
	*m = (struct messages){.has_password = has_password, .state = AT_SECURITY};
	if (minor == 3)
		m->state = has_password ? AT_RESPONSE : AT_INIT;
	return minor;
}

static int pass(size_t bytes, size_t size, size_t *out)
{
	*out = bytes;
	return size < bytes ? VERDICT_MORE : VERDICT_PASS;
}

static int refuse(const char **why, const char *text)
{
	*why = text;
	return -EPROTO;
}

static int next_security(struct messages *m, const uint8_t *data, size_t *bytes, const char **why)
{
	const uint8_t wanted = m->has_password ? SECURITY_VNC : SECURITY_NONE;

	if (data[0] != wanted)
		return refuse(why, "has chosen a security type that was not offered");
	m->state = m->has_password ? AT_RESPONSE : AT_INIT;
	return pass(1, 1, bytes);
}

static int next_response(struct messages *m, size_t size, size_t *bytes)
{
	if (size >= RESPONSE_BYTES)
		m->state = AT_INIT;
	return pass(RESPONSE_BYTES, size, bytes);
}

/* -------- messages of a session -------- */

/* Some bytes of it may come later. */
static int drop(struct messages *m, size_t bytes, size_t size, size_t *out)
{
	*out = size < bytes ? size : bytes;
	m->drop_bytes = bytes - *out;
	return VERDICT_DROP;
}

/* libvncserver shifts by what stands there. */
static int next_format(const uint8_t *p, size_t size, size_t *bytes, const char **why)
{
	const unsigned int bits = size > 4 ? p[4] : 32;
	const bool is_true_colour = size > 7 ? p[7] : true;

	if (bits != 8 && bits != 16 && bits != 32)
		return refuse(why, "wants pixels of other than 8, 16 or 32 bits");
	if (!is_true_colour && bits != 8)
		return refuse(why, "wants a colour map with pixels of more than 8 bits");
	for (unsigned int i = 14; is_true_colour && i < 17 && i < size; i++)
		if (p[i] >= bits)
			return refuse(why, "wants a colour beyond its pixel");
	return pass(20, size, bytes);
}

/* libvncserver answers one of no pixels with an update that is not whole. */
static int next_request(struct messages *m, const uint8_t *p, size_t size, size_t *bytes)
{
	if (size >= 10 && (u16(p + 6) == 0 || u16(p + 8) == 0))
		return drop(m, 10, size, bytes);
	return pass(10, size, bytes);
}

static int next_encodings(const uint8_t *p, size_t size, size_t *bytes, const char **why)
{
	if (size < 4)
		return VERDICT_MORE;
	if (u16(p + 2) > MAX_ENCODINGS)
		return refuse(why, "lists more than 1024 encodings");
	return pass(4 + 4 * (size_t)u16(p + 2), size, bytes);
}

/* A negative length is one of the extended clipboard. */
static int next_cut_text(struct messages *m, const uint8_t *p, size_t size, size_t *bytes)
{
	uint32_t length;

	if (size < 8)
		return VERDICT_MORE;
	length = u32(p + 4);
	if (length & 0x80000000u)
		length = 0u - length;
	if (length > CUT_TEXT_MAX_BYTES)
		return drop(m, 8 + (size_t)length, size, bytes);
	return pass(8 + (size_t)length, size, bytes);
}

/* The largest lengths stand for opening, closing and finishing. */
static int next_chat(struct messages *m, const uint8_t *p, size_t size, size_t *bytes,
		     const char **why)
{
	uint32_t length;

	if (size < 8)
		return VERDICT_MORE;
	length = u32(p + 4);
	if (length >= 0xfffffffdu)
		length = 0;
	if (length > MAX_CHAT)
		return refuse(why, "sends a chat message of more than 4096 bytes");
	return drop(m, 8 + (size_t)length, size, bytes);
}

static int next_qemu(const uint8_t *p, size_t size, size_t *bytes, const char **why)
{
	if (size < 2)
		return VERDICT_MORE;
	if (p[1] == 0)
		return pass(12, size, bytes);
	if (p[1] != 1)
		return refuse(why, "sends an unknown message of QEMU's");
	if (size < 4)
		return VERDICT_MORE;
	if (u16(p + 2) > 2)
		return refuse(why, "sends an unknown audio message");
	return pass(u16(p + 2) == 2 ? 10 : 4, size, bytes);
}

static int next_normal(struct messages *m, const uint8_t *p, size_t size, size_t *bytes,
		       const char **why)
{
	switch (p[0]) {
	case SET_PIXEL_FORMAT:
		return next_format(p, size, bytes, why);
	case SET_ENCODINGS:
		return next_encodings(p, size, bytes, why);
	case UPDATE_REQUEST:
		return next_request(m, p, size, bytes);
	case KEY_EVENT:
		return pass(8, size, bytes);
	case POINTER_EVENT:
		return pass(6, size, bytes);
	case CUT_TEXT:
		return next_cut_text(m, p, size, bytes);
	case SET_SCALE:
	case PALM_SET_SCALE:
	case SET_SERVER_INPUT:
	case XVP:
		return drop(m, 4, size, bytes);
	case SET_SINGLE_WINDOW:
		return drop(m, 6, size, bytes);
	case TEXT_CHAT:
		return next_chat(m, p, size, bytes, why);
	case SET_DESKTOP_SIZE:
		return size < 8 ? VERDICT_MORE : pass(8 + 16 * (size_t)p[6], size, bytes);
	case QEMU:
		return next_qemu(p, size, bytes, why);
	case FILE_TRANSFER:
		return refuse(why, "wants to transfer files");
	default:
		return refuse(why, "sends an unknown message");
	}
}

bool messages_are_answered(const struct messages *m, const uint8_t *data, size_t size)
{
	if (size == 0 || m->drop_bytes > 0 || m->state != AT_NORMAL)
		return false;
	return data[0] == SET_PIXEL_FORMAT || data[0] == SET_ENCODINGS || data[0] == CUT_TEXT ||
	       data[0] == SET_DESKTOP_SIZE;
}

int messages_next(struct messages *m, const uint8_t *data, size_t size, size_t *bytes,
		  const char **why)
{
	*bytes = 0;
	if (size == 0)
		return VERDICT_MORE;
	if (m->drop_bytes > 0)
		return drop(m, m->drop_bytes, size, bytes);
	switch (m->state) {
	case AT_SECURITY:
		return next_security(m, data, bytes, why);
	case AT_RESPONSE:
		return next_response(m, size, bytes);
	case AT_INIT:
		m->state = AT_NORMAL;
		return pass(1, size, bytes);
	case AT_NORMAL:
		return next_normal(m, data, size, bytes, why);
	}
	return VERDICT_MORE;
}
