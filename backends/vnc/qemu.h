/* SPDX-License-Identifier: MIT */
/*
 * QEMU's extensions of RFB, which libvncserver does not have: extended key events (pseudo-encoding
 * -258), which say where a key is, and audio (-259).
 */
#ifndef XENAV_VNC_QEMU_H
#define XENAV_VNC_QEMU_H

#include <rfb/rfb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vnc/pcm.h"

/* The most bytes of samples in one message. */
#define QEMU_AUDIO_MAX_BYTES (32u << 10)

/* A message with samples. */
struct qemu_samples {
	uint8_t head[8];
	uint8_t samples[QEMU_AUDIO_MAX_BYTES];
};

/* What a client asks for. */
struct qemu_handler {
	/* A key, by its number (qnum.h) and its keysym. */
	void (*key)(rfbClientPtr cl, bool pressed, uint32_t keysym, uint32_t qnum);
	/* Sound on or off. */
	void (*sound)(rfbClientPtr cl, bool on);
	/* The samples that the client wants, as it said before or after that; checked. */
	void (*format)(rfbClientPtr cl, const struct pcm_format *format);
};

/* Offer the extensions to all clients from now on; without format no sound.  handler stays the
 * caller's. */
void qemu_register(const struct qemu_handler *handler, bool with_sound);

/* A client is gone. */
void qemu_forget(rfbClientPtr cl);

/* Tell a client that sound begins or ends. @return whether it could be written. */
bool qemu_send_sound_state(rfbClientPtr cl, bool begins);

/*
 * Send the first bytes of the message's samples, with their head and in one piece: gtk-vnc 1.3.1
 * reads samples into a buffer that its timer of 50 ms frees while it waits for more of the message.
 *
 * @return as above.
 */
bool qemu_send_samples(rfbClientPtr cl, struct qemu_samples *message, size_t bytes);

#endif
