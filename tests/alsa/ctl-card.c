/* SPDX-License-Identifier: MIT */
/* The mixer of the card of card.h: a control device of type xenavtest { file PATH }. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <alsa/asoundlib.h>
#include <alsa/control_external.h>

#include "card.h"

struct ctl {
	snd_ctl_ext_t ext;
	struct card *card;
};

enum key { KEY_VOLUME, KEY_SWITCH, N_KEYS };

static const char *const names[] = {"PCM Playback Volume", "PCM Playback Switch"};

/* From -50 dB on, in steps of 0.5 dB. */
static const unsigned int db_scale[] = {SND_CTL_TLVT_DB_SCALE, 2 * sizeof(int), (unsigned int)-5000,
					50};

static int on_count(snd_ctl_ext_t *)
{
	return N_KEYS;
}

static int on_list(snd_ctl_ext_t *, unsigned int offset, snd_ctl_elem_id_t *id)
{
	snd_ctl_elem_id_set_interface(id, SND_CTL_ELEM_IFACE_MIXER);
	snd_ctl_elem_id_set_name(id, names[offset % N_KEYS]);
	return 0;
}

static snd_ctl_ext_key_t on_find(snd_ctl_ext_t *, const snd_ctl_elem_id_t *id)
{
	for (unsigned int i = 0; i < N_KEYS; i++)
		if (strcmp(snd_ctl_elem_id_get_name(id), names[i]) == 0)
			return i;
	return SND_CTL_EXT_KEY_NOT_FOUND;
}

static int on_attribute(snd_ctl_ext_t *, snd_ctl_ext_key_t key, int *type, unsigned int *access,
			unsigned int *count)
{
	*type = key == KEY_SWITCH ? SND_CTL_ELEM_TYPE_BOOLEAN : SND_CTL_ELEM_TYPE_INTEGER;
	*access = SND_CTL_EXT_ACCESS_READWRITE;
	if (key == KEY_VOLUME)
		*access |= SND_CTL_EXT_ACCESS_TLV_READ;
	*count = 2;
	return 0;
}

static int on_info(snd_ctl_ext_t *, snd_ctl_ext_key_t, long *min, long *max, long *step)
{
	*min = 0;
	*max = 100;
	*step = 1;
	return 0;
}

static int32_t *values(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key)
{
	struct ctl *c = ext->private_data;

	return key == KEY_SWITCH ? c->card->is_on : c->card->volume;
}

static int on_read(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *value)
{
	for (unsigned int i = 0; i < 2; i++)
		value[i] = values(ext, key)[i];
	return 0;
}

static int on_write(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *value)
{
	for (unsigned int i = 0; i < 2; i++)
		values(ext, key)[i] = (int32_t)value[i];
	return 1;
}

static int on_event(snd_ctl_ext_t *, snd_ctl_elem_id_t *, unsigned int *)
{
	return -EAGAIN;
}

static void on_close(snd_ctl_ext_t *ext)
{
	struct ctl *c = ext->private_data;

	card_unmap(c->card);
	free(c);
}

static const snd_ctl_ext_callback_t callbacks = {
	.close = on_close,
	.elem_count = on_count,
	.elem_list = on_list,
	.find_elem = on_find,
	.get_attribute = on_attribute,
	.get_integer_info = on_info,
	.read_integer = on_read,
	.write_integer = on_write,
	.read_event = on_event,
};

int _snd_ctl_xenavtest_open(snd_ctl_t **handlep, const char *name, snd_config_t *root,
			    snd_config_t *conf, int mode);

SND_CTL_PLUGIN_DEFINE_FUNC(xenavtest)
{
	const char *path = NULL;
	snd_config_t *node;
	struct ctl *c;
	int rc;

	(void)root;
	c = calloc(1, sizeof *c);
	if (!c)
		return -ENOMEM;
	if (snd_config_search(conf, "file", &node) == 0)
		snd_config_get_string(node, &path);
	c->card = path ? card_map(path, 0) : NULL;
	if (!c->card) {
		free(c);
		return -ENOENT;
	}
	c->ext.version = SND_CTL_EXT_VERSION;
	strcpy(c->ext.id, "test");
	strcpy(c->ext.driver, "test");
	strcpy(c->ext.name, "a card for tests");
	c->ext.poll_fd = -1;
	c->ext.callback = &callbacks;
	c->ext.private_data = c;
	c->ext.tlv.p = db_scale;
	rc = snd_ctl_ext_create(&c->ext, name, mode);
	if (rc < 0) {
		on_close(&c->ext);
		return rc;
	}
	*handlep = c->ext.handle;
	return 0;
}

SND_CTL_PLUGIN_SYMBOL(xenavtest);
