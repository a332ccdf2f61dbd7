/* SPDX-License-Identifier: MIT */
/*
 * The stream of bytes that a VNC client sends, cut into whole messages.
 *
 * libvncserver waits for the rest of a message, and meanwhile for nobody else.  So it gets messages
 * when they are whole, and only those that it is asked to serve: the others are dropped here, or
 * end the connection.
 */
#ifndef XENAV_VNC_MESSAGES_H
#define XENAV_VNC_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first message of a client: "RFB 003.008\n". */
#define VERSION_BYTES 12

/* No message that passes is longer. */
#define MESSAGE_MAX_BYTES (300u << 10)

/* The longest text of a clipboard that passes; longer ones are dropped. */
#define CUT_TEXT_MAX_BYTES (256u << 10)

enum verdict {
	VERDICT_MORE, /* the message is not whole */
	VERDICT_PASS,
	VERDICT_DROP
};

enum messages_state { AT_SECURITY, AT_RESPONSE, AT_INIT, AT_NORMAL };

struct messages {
	enum messages_state state;
	bool has_password;
	size_t drop_bytes; /* of a message that is dropped and has not come yet */
};

/*
 * Begin behind the client's version.
 *
 * @return the minor version that counts (3, 7 or 8), or -EPROTO if that is no version 3.
 */
int messages_begin(struct messages *m, const uint8_t version[VERSION_BYTES], bool has_password);

/*
 * Look at what has come.  *bytes of it are to be passed on or dropped.
 *
 * @return an enum verdict, or -EPROTO and *why, a text, if the connection has to end.
 */
int messages_next(struct messages *m, const uint8_t *data, size_t size, size_t *bytes,
		  const char **why);

/* Does libvncserver answer the message that begins there at once? @return false also if nothing has
 * come. */
bool messages_are_answered(const struct messages *m, const uint8_t *data, size_t size);

#endif
