/* SPDX-License-Identifier: MIT */
/* The mixer of desk.h. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pipewire/node.h>
#include <spa/param/props.h>
#include <spa/pod/builder.h>
#include <spa/pod/parser.h>

#include "pipewire/desk-priv.h"

/* A node of the server. */
struct entry {
	struct spa_list link;
	struct pw_node *proxy;
	struct spa_hook hook;
	char name[192];
	struct desk_node seen;
};

static void take(char *to, size_t size, const struct spa_dict *props, const char *key)
{
	const char *value = props ? spa_dict_lookup(props, key) : NULL;

	if (value)
		snprintf(to, size, "%s", value);
}

static void on_info(void *data, const struct pw_node_info *info)
{
	struct entry *e = data;

	e->seen.running = info->state == PW_NODE_STATE_RUNNING;
	take(e->name, sizeof e->name, info->props, PW_KEY_NODE_NAME);
	take(e->seen.media_class, sizeof e->seen.media_class, info->props, PW_KEY_MEDIA_CLASS);
	take(e->seen.description, sizeof e->seen.description, info->props, PW_KEY_NODE_DESCRIPTION);
	take(e->seen.latency, sizeof e->seen.latency, info->props, PW_KEY_NODE_LATENCY);
}

static void on_param(void *data, int, uint32_t id, uint32_t, uint32_t, const struct spa_pod *param)
{
	struct entry *e = data;
	const struct spa_pod_prop *prop;

	if (id != SPA_PARAM_Props || !param)
		return;
	SPA_POD_OBJECT_FOREACH((const struct spa_pod_object *)param, prop)
	{
		if (prop->key == SPA_PROP_mute)
			spa_pod_get_bool(&prop->value, &e->seen.muted);
		else if (prop->key == SPA_PROP_channelVolumes)
			e->seen.n_volumes = spa_pod_copy_array(&prop->value, SPA_TYPE_Float,
							       e->seen.volumes, DESK_CHANNELS);
	}
}

static const struct pw_node_events node_events = {
	.version = PW_VERSION_NODE_EVENTS,
	.info = on_info,
	.param = on_param,
};

static void on_global(void *data, uint32_t id, uint32_t, const char *type, uint32_t,
		      const struct spa_dict *props)
{
	struct desk *desk = data;
	uint32_t wanted = SPA_PARAM_Props;
	struct entry *e;

	if (strcmp(type, PW_TYPE_INTERFACE_Node) != 0)
		return;
	e = calloc(1, sizeof *e);
	if (!e)
		return;
	e->seen.id = id;
	take(e->name, sizeof e->name, props, PW_KEY_NODE_NAME);
	e->proxy = pw_registry_bind(desk->registry, id, type, PW_VERSION_NODE, 0);
	pw_node_add_listener(e->proxy, &e->hook, &node_events, e);
	pw_node_subscribe_params(e->proxy, &wanted, 1);
	spa_list_append(&desk->entries, &e->link);
}

static void drop(struct entry *e)
{
	spa_list_remove(&e->link);
	spa_hook_remove(&e->hook);
	pw_proxy_destroy((struct pw_proxy *)e->proxy);
	free(e);
}

static void on_global_remove(void *data, uint32_t id)
{
	struct desk *desk = data;
	struct entry *e, *next;

	spa_list_for_each_safe(e, next, &desk->entries, link)
	{
		if (e->seen.id == id)
			drop(e);
	}
}

static const struct pw_registry_events registry_events = {
	.version = PW_VERSION_REGISTRY_EVENTS,
	.global = on_global,
	.global_remove = on_global_remove,
};

int desk_open(struct desk **out)
{
	struct desk *desk = calloc(1, sizeof *desk);
	int rc = -ENOMEM;

	if (!desk)
		return -ENOMEM;
	spa_list_init(&desk->entries);
	pw_init(NULL, NULL);
	desk->loop = pw_thread_loop_new("desk", NULL);
	if (desk->loop)
		desk->context = pw_context_new(pw_thread_loop_get_loop(desk->loop), NULL, 0);
	if (desk->context)
		desk->core = pw_context_connect(desk->context, NULL, 0);
	if (!desk->core)
		goto out;
	desk->registry = pw_core_get_registry(desk->core, PW_VERSION_REGISTRY, 0);
	pw_registry_add_listener(desk->registry, &desk->registry_hook, &registry_events, desk);
	rc = pw_thread_loop_start(desk->loop);
out:
	if (rc < 0) {
		desk_close(desk);
		return rc;
	}
	*out = desk;
	return 0;
}

void desk_close(struct desk *desk)
{
	struct entry *e;

	if (!desk)
		return;
	if (desk->loop)
		pw_thread_loop_stop(desk->loop);
	while (!spa_list_is_empty(&desk->entries)) {
		e = spa_list_first(&desk->entries, struct entry, link);
		drop(e);
	}
	if (desk->registry) {
		spa_hook_remove(&desk->registry_hook);
		pw_proxy_destroy((struct pw_proxy *)desk->registry);
	}
	if (desk->core)
		pw_core_disconnect(desk->core);
	if (desk->context)
		pw_context_destroy(desk->context);
	if (desk->loop)
		pw_thread_loop_destroy(desk->loop);
	free(desk);
	pw_deinit();
}

static struct entry *find(struct desk *desk, const char *name)
{
	struct entry *e;

	spa_list_for_each(e, &desk->entries, link)
	{
		if (strcmp(e->name, name) == 0)
			return e;
	}
	return NULL;
}

bool desk_look(struct desk *desk, const char *name, struct desk_node *node)
{
	struct entry *e;

	pw_thread_loop_lock(desk->loop);
	e = find(desk, name);
	if (e)
		*node = e->seen;
	pw_thread_loop_unlock(desk->loop);
	return e;
}

unsigned desk_count(struct desk *desk, const char *prefix)
{
	struct entry *e;
	unsigned n = 0;

	pw_thread_loop_lock(desk->loop);
	spa_list_for_each(e, &desk->entries, link)
	{
		n += strncmp(e->name, prefix, strlen(prefix)) == 0;
	}
	pw_thread_loop_unlock(desk->loop);
	return n;
}

int desk_set_volume(struct desk *desk, const char *name, const float *volumes, uint32_t n,
		    bool muted)
{
	uint8_t room[1024];
	struct spa_pod_builder b = SPA_POD_BUILDER_INIT(room, sizeof room);
	const struct spa_pod *pod = spa_pod_builder_add_object(
		&b, SPA_TYPE_OBJECT_Props, SPA_PARAM_Props, SPA_PROP_mute, SPA_POD_Bool(muted),
		SPA_PROP_channelVolumes, SPA_POD_Array(sizeof(float), SPA_TYPE_Float, n, volumes));
	struct entry *e;

	pw_thread_loop_lock(desk->loop);
	e = find(desk, name);
	if (e)
		pw_node_set_param(e->proxy, SPA_PARAM_Props, 0, pod);
	pw_thread_loop_unlock(desk->loop);
	return e ? 0 : -ENOENT;
}
