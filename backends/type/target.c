/* SPDX-License-Identifier: MIT */
/* See target.h. */
#include <config.h>

#include <string.h>

#include "type/target.h"

/* -------- the connection -------- */

static void on_lost(void *data, int error)
{
	struct target *t = data;

	t->lost = error;
	t->in = NULL;
	t->ready = false;
	t->n_connectors = 0;
}

/* -------- the input device -------- */

static void on_input_added(void *data, struct xenav_input *in)
{
	const struct xenav_input_info *info = xenav_input_get_info(in);
	struct target *t = data;

	if (!selection_has_domain(&t->o->common.selection, info->domid, info->domain_name))
		return;
	t->has_guest = true;
	if (t->in || !selection_has_object(&t->o->common.selection, info->devid, info->unique_id))
		return;
	if (t->needs & ~info->caps) {
		t->lacks = t->needs & ~info->caps;
		return;
	}
	if (xenav_input_feed(in) == 0)
		t->in = in;
}

static void on_input_removed(void *data, struct xenav_input *in)
{
	struct target *t = data;

	if (t->in != in)
		return;
	t->in = NULL;
	t->ready = false;
}

static void on_input_ready(void *data, struct xenav_input *)
{
	struct target *t = data;

	t->ready = true;
}

static void on_input_failed(void *data, struct xenav_input *, int error)
{
	struct target *t = data;

	t->refused = error;
}

/* -------- connectors -------- */

static bool is_before(const struct xenav_connector *a, const struct xenav_connector *b)
{
	const struct xenav_connector_info *ia = xenav_connector_get_info(a);
	const struct xenav_connector_info *ib = xenav_connector_get_info(b);

	return ia->devid != ib->devid ? ia->devid < ib->devid : ia->connector < ib->connector;
}

static void on_connector_added(void *data, struct xenav_connector *c)
{
	const struct xenav_connector_info *info = xenav_connector_get_info(c);
	struct target *t = data;
	unsigned int i;

	if (!selection_has_domain(&t->o->common.selection, info->domid, info->domain_name))
		return;
	t->has_guest = true;
	if (t->n_connectors == TARGET_CONNECTORS)
		return;
	for (i = t->n_connectors++; i > 0 && is_before(c, t->connectors[i - 1]); i--)
		t->connectors[i] = t->connectors[i - 1];
	t->connectors[i] = c;
}

static void on_connector_removed(void *data, struct xenav_connector *c)
{
	struct target *t = data;

	for (unsigned int i = 0; i < t->n_connectors; i++) {
		if (t->connectors[i] != c)
			continue;
		t->n_connectors--;
		memmove(&t->connectors[i], &t->connectors[i + 1],
			(t->n_connectors - i) * sizeof t->connectors[0]);
		return;
	}
}

struct xenav_connector *target_connector(const struct target *t)
{
	for (unsigned int i = 0; t->in && i < t->n_connectors; i++) {
		struct xenav_connector *c = t->connectors[i];

		if (!xenav_input_belongs(t->in, c))
			continue;
		if (!t->o->connector ||
		    strcmp(t->o->connector, xenav_connector_get_info(c)->unique_id) == 0)
			return c;
	}
	return NULL;
}

static const struct xenav_listener listener = {
	.size = sizeof listener,
	.connector_added = on_connector_added,
	.connector_removed = on_connector_removed,
	.input_added = on_input_added,
	.input_removed = on_input_removed,
	.input_ready = on_input_ready,
	.input_failed = on_input_failed,
};

int target_open(struct target *t, const struct type_options *o, uint32_t needs)
{
	const struct link_config config = {
		.program = "xenav-type",
		.socket = o->common.socket,
		.patience_s = o->common.patience_s,
		.listener = &listener,
		.data = t,
		.lost = on_lost,
	};

	*t = (struct target){.o = o, .needs = needs};
	return link_open(&t->link, &config);
}

void target_close(struct target *t)
{
	link_close(t->link);
	t->link = NULL;
}
