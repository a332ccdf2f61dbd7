/* SPDX-License-Identifier: MIT */
/* See qemu.h. */
#include <config.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "vnc/log.h"
#include "vnc/qemu.h"

#define ENCODING_KEYS  (-258)
#define ENCODING_SOUND (-259)

/* The type of its messages both ways, and what follows. */
#define MESSAGE_QEMU  255
#define SUBTYPE_KEY   0
#define SUBTYPE_SOUND 1
#define KEY_BYTES     10 /* behind the two */
#define FORMAT_BYTES  6
#define RATE_MIN_HZ   4000u
#define RATE_MAX_HZ   192000u

enum sound_order { SOUND_ENABLE, SOUND_DISABLE, SOUND_FORMAT };

/* What the server says of sound. */
enum sound_operation { SOUND_ENDS, SOUND_BEGINS, SOUND_DATA };

static const struct qemu_handler *handler;
static bool has_sound;

static uint32_t u16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t u32(const uint8_t *p)
{
	return u16(p) << 16 | u16(p + 2);
}

/* -------- from clients -------- */

/* The net's thread passes whole messages only, so nothing waits here. */
static bool read_all(rfbClientPtr cl, uint8_t *data, int bytes)
{
	if (rfbReadExact(cl, (char *)data, bytes) > 0)
		return true;
	rfbCloseClient(cl);
	return false;
}

static void read_key(rfbClientPtr cl)
{
	uint8_t m[KEY_BYTES];

	if (read_all(cl, m, sizeof m))
		handler->key(cl, u16(m), u32(m + 2), u32(m + 6));
}

/* U8, S8, U16, S16, U32, S32 in their order. */
static void read_format(rfbClientPtr cl)
{
	uint8_t m[FORMAT_BYTES];
	struct pcm_format format;

	if (!read_all(cl, m, sizeof m))
		return;
	format = (struct pcm_format){
		.bytes = (uint8_t)(1u << m[0] / 2 % 4),
		.is_signed = m[0] % 2,
		.channels = m[1],
		.rate_hz = u32(m + 2),
	};
	if (m[0] > 5 || format.channels < 1 || format.channels > PCM_CHANNELS ||
	    format.rate_hz < RATE_MIN_HZ || format.rate_hz > RATE_MAX_HZ) {
		log_client("A client wants samples of format %u, %u channels and %u Hz", m[0], m[1],
			   u32(m + 2));
		rfbCloseClient(cl);
		return;
	}
	handler->format(cl, &format);
}

static void read_sound(rfbClientPtr cl)
{
	uint8_t m[2];

	if (!read_all(cl, m, sizeof m))
		return;
	if (u16(m) == SOUND_FORMAT)
		read_format(cl);
	else
		handler->sound(cl, u16(m) == SOUND_ENABLE);
}

static rfbBool on_message(rfbClientPtr cl, void *, const rfbClientToServerMsg *message)
{
	uint8_t subtype;

	if (message->type != MESSAGE_QEMU)
		return FALSE;
	if (!read_all(cl, &subtype, 1))
		return TRUE;
	if (subtype == SUBTYPE_KEY)
		read_key(cl);
	else if (subtype == SUBTYPE_SOUND && has_sound)
		read_sound(cl);
	else
		rfbCloseClient(cl);
	return TRUE;
}

/* An update with an empty rectangle of that encoding says that the server has it, too. */
static rfbBool on_encoding(rfbClientPtr cl, void **, int encoding)
{
	struct {
		rfbFramebufferUpdateMsg update;
		rfbFramebufferUpdateRectHeader rect;
	} __attribute__((packed)) m = {.update = {.type = rfbFramebufferUpdate}};

	if (encoding != ENCODING_KEYS && !(encoding == ENCODING_SOUND && has_sound))
		return FALSE;
	m.update.nRects = htons(1);
	m.rect.r.w = htons((uint16_t)cl->screen->width);
	m.rect.r.h = htons((uint16_t)cl->screen->height);
	m.rect.encoding = htonl((uint32_t)encoding);
	if (rfbWriteExact(cl, (const char *)&m, sizeof m) < 0)
		rfbCloseClient(cl);
	return TRUE;
}

static int encodings[] = {ENCODING_KEYS, ENCODING_SOUND, 0};

static rfbProtocolExtension extension = {
	.pseudoEncodings = encodings,
	.enablePseudoEncoding = on_encoding,
	.handleMessage = on_message,
};

void qemu_register(const struct qemu_handler *h, bool with_sound)
{
	handler = h;
	has_sound = with_sound;
	rfbRegisterProtocolExtension(&extension);
}

/* libvncserver does not free what it has for a client. */
void qemu_forget(rfbClientPtr cl)
{
	while (cl->extensions) {
		rfbExtensionData *const data = cl->extensions;

		cl->extensions = data->next;
		free(data);
	}
}

/* -------- to clients -------- */

bool qemu_send_sound_state(rfbClientPtr cl, bool begins)
{
	const char m[4] = {(char)MESSAGE_QEMU, SUBTYPE_SOUND, 0,
			   begins ? SOUND_BEGINS : SOUND_ENDS};

	return rfbWriteExact(cl, m, sizeof m) > 0;
}

bool qemu_send_samples(rfbClientPtr cl, struct qemu_samples *message, size_t bytes)
{
	const uint8_t kind[4] = {MESSAGE_QEMU, SUBTYPE_SOUND, 0, SOUND_DATA};
	const uint32_t length = htonl((uint32_t)bytes);

	memcpy(message->head, kind, sizeof kind);
	memcpy(message->head + sizeof kind, &length, sizeof length);
	return rfbWriteExact(cl, (const char *)message, (int)(sizeof message->head + bytes)) > 0;
}
