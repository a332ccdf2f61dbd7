/* SPDX-License-Identifier: MIT */
/* The sound card of sound.h: its states, and its programs' calls.  Requests are in pcm.c. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "machine.h"
#include "sound-priv.h"

/* Devices 0.. and in each the streams 0.., until one is missing. */
static int read_config(struct sound *card)
{
	card->n_pcms = 0;
	for (unsigned d = 0; d < 32; d++) {
		for (unsigned s = 0; s < 8 && card->n_pcms < SOUND_STREAMS; s++) {
			struct pcm *pcm = &card->pcms[card->n_pcms];
			char leaf[16];
			char type[16];

			snprintf(leaf, sizeof leaf, "%u/%u/type", d, s);
			if (front_read(&card->front, leaf, type, sizeof type) < 0)
				break;
			if (strcmp(type, "p") != 0 && strcmp(type, "c") != 0)
				return -EINVAL;
			memset(pcm, 0, sizeof *pcm);
			pcm->card = card;
			pcm->capture = type[0] == 'c';
			snprintf(pcm->dir, sizeof pcm->dir, "%u/%u", d, s);
			card->n_pcms++;
		}
		if (card->n_pcms == 0 || card->pcms[card->n_pcms - 1].dir[0] != (char)('0' + d))
			break;
	}
	return card->n_pcms > 0 ? 0 : -ENODEV;
}

static void free_rings(struct sound *card)
{
	for (unsigned i = 0; i < card->n_pcms; i++)
		channel_destroy(&card->pcms[i].channel);
}

static int publish(struct front *front, uint32_t tx)
{
	struct sound *card = (struct sound *)(void *)front;
	int rc;

	free_rings(card);
	rc = read_config(card);
	for (unsigned i = 0; i < card->n_pcms && rc == 0; i++) {
		struct pcm *pcm = &card->pcms[i];

		rc = channel_create(&pcm->channel, front->guest);
		pcm->channel.deaf = true;
		pcm->channel.on_event = pcm_on_event;
		pcm->channel.data = pcm;
		if (rc == 0)
			rc = channel_publish(&pcm->channel, front, tx, pcm->dir, "");
	}
	return rc;
}

static bool is_held(const struct sound *card)
{
	for (unsigned i = 0; i < card->n_pcms; i++)
		if (card->pcms[i].held)
			return true;
	return false;
}

static void disconnected(struct sound *card)
{
	card->exists = false;
	card->gone = false;
	free_rings(card);
	front_switch(&card->front, 1);
}

/* snd_card_free() in the xenwatch thread. @return whether it came through. */
static bool disconnect(struct sound *card, int state)
{
	card->gone = card->exists;
	for (unsigned i = 0; i < card->n_pcms && card->exists; i++)
		if (card->pcms[i].running)
			pcm_trigger(&card->pcms[i], 2);
	if (card->exists && is_held(card)) {
		card->resume = state;
		card->front.guest->stuck = &card->front;
		return false;
	}
	disconnected(card);
	return true;
}

static void go_on(struct sound *card, int state)
{
	if (state == 2)
		front_publish(&card->front);
}

static void backend_changed(struct front *front, int state)
{
	struct sound *card = (struct sound *)(void *)front;

	switch (state) {
	case 1:
	case 2:
		if (disconnect(card, state))
			go_on(card, state);
		break;
	case 4:
		if (front->state != 3)
			break;
		card->exists = true;
		front_switch(front, 4);
		break;
	case 0:
	case 6:
		if (front->state != 6)
			disconnect(card, state);
		break;
	default:
		break;
	}
}

void sound_closed(struct sound *card)
{
	if (card->front.guest->stuck != &card->front || is_held(card))
		return;
	disconnected(card);
	go_on(card, card->resume);
	front_unstick(&card->front);
}

static const struct front_ops ops = {
	.kind = "vsnd",
	.backend_changed = backend_changed,
	.publish = publish,
};

int sound_load(struct sound *card, struct guest *guest, unsigned devid)
{
	memset(card, 0, sizeof *card);
	return front_load(&card->front, guest, &ops, devid);
}

void sound_forget(struct sound *card)
{
	if (!card->front.guest)
		return;
	for (unsigned i = 0; i < card->n_pcms; i++)
		guest_buffer_free(card->front.guest, &card->pcms[i].buffer);
	free_rings(card);
	front_forget(&card->front);
	card->exists = false;
}
