/* SPDX-License-Identifier: MIT */
/* See guest.h.  Connectors are watched: the guest does not wait for VNC clients. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "vnc/guest.h"
#include "vnc/log.h"

/* -------- connectors -------- */

static struct screen *screen_of(const struct xenav_connector *c)
{
	return xenav_connector_get_data(c);
}

/* One server has all connectors; of several, each has one: that with the connector's number, if it
 * is free. @return its number, or -1. */
static int choose(const struct guest *guest, uint32_t connector)
{
	if (guest->o->separate > 0 && connector < guest->n_screens &&
	    guest->n_connectors[connector] == 0)
		return (int)connector;
	for (unsigned int i = 0; i < guest->n_screens; i++)
		if (guest->o->separate == 0 || guest->n_connectors[i] == 0)
			return (int)i;
	return -1;
}

static bool is_selected(const struct guest *guest, const struct xenav_connector_info *info)
{
	const struct selection *s = &guest->o->common.selection;

	return selection_has_domain(s, info->domid, info->domain_name) &&
	       selection_has_object(s, info->devid, info->unique_id);
}

static void on_connector_added(void *data, struct xenav_connector *c)
{
	const struct xenav_connector_info *info = xenav_connector_get_info(c);
	struct guest *guest = data;
	int at;

	if (!is_selected(guest, info))
		return;
	at = choose(guest, info->connector);
	if (at < 0) {
		log_info("Connector %s is not shown: all servers have one", info->unique_id);
		return;
	}
	if (!guest->o->name)
		screen_set_name(guest->screens[at], info->domain_name);
	if (!screen_add(guest->screens[at], c))
		return;
	xenav_connector_set_data(c, guest->screens[at]);
	guest->n_connectors[at]++;
	xenav_connector_watch(c);
}

static void forget(struct guest *guest, struct xenav_connector *c)
{
	struct screen *screen = screen_of(c);

	inputs_forget_connector(guest->inputs, c);
	if (!screen)
		return;
	for (unsigned int i = 0; i < guest->n_screens; i++)
		if (guest->screens[i] == screen)
			guest->n_connectors[i]--;
	xenav_connector_set_data(c, NULL);
	screen_remove(screen, c);
}

static void on_connector_removed(void *data, struct xenav_connector *c)
{
	forget(data, c);
}

static void on_connector_claim_failed(void *data, struct xenav_connector *c, int error)
{
	log_error("Connector %s cannot be shown: %s", xenav_connector_get_info(c)->unique_id,
		  strerror(-error));
	forget(data, c);
}

static void on_frame(void *, struct xenav_connector *c, const struct xenav_frame *frame)
{
	if (screen_of(c))
		screen_frame(screen_of(c), c, frame);
}

static void on_blank(void *, struct xenav_connector *c)
{
	if (screen_of(c))
		screen_blank(screen_of(c), c);
}

/* -------- input devices -------- */

/* What the first client types must not come before there is somebody to take it. */
static void tell(const struct guest *guest)
{
	if (guest->was_announced && guest->n_asked == 0)
		guest->announced(guest->data);
}

/* The data of an input device is the guest, until xenavd has answered. */
static void note_answer(struct guest *guest, struct xenav_input *in)
{
	if (!xenav_input_get_data(in) || guest->n_asked == 0)
		return;
	xenav_input_set_data(in, NULL);
	guest->n_asked--;
	tell(guest);
}

static void on_input_added(void *data, struct xenav_input *in)
{
	const struct xenav_input_info *info = xenav_input_get_info(in);
	struct guest *guest = data;

	if (guest->o->view_only ||
	    !selection_has_domain(&guest->o->common.selection, info->domid, info->domain_name) ||
	    xenav_input_feed(in) < 0)
		return;
	xenav_input_set_data(in, guest);
	guest->n_asked++;
}

static void on_input_ready(void *data, struct xenav_input *in)
{
	struct guest *guest = data;

	inputs_add(guest->inputs, in);
	note_answer(guest, in);
}

static void on_input_removed(void *data, struct xenav_input *in)
{
	struct guest *guest = data;

	inputs_remove(guest->inputs, in);
	note_answer(guest, in);
}

static void on_input_failed(void *data, struct xenav_input *in, int error)
{
	log_error("Input device %u cannot be fed: %s", xenav_input_get_info(in)->devid,
		  strerror(-error));
	on_input_removed(data, in);
}

static void on_announced(void *data)
{
	struct guest *guest = data;

	guest->was_announced = true;
	tell(guest);
}

const struct xenav_listener guest_listener = {
	.size = sizeof guest_listener,
	.connector_added = on_connector_added,
	.connector_removed = on_connector_removed,
	.connector_claim_failed = on_connector_claim_failed,
	.frame = on_frame,
	.blank = on_blank,
	.input_added = on_input_added,
	.input_removed = on_input_removed,
	.input_ready = on_input_ready,
	.input_failed = on_input_failed,
	.announced = on_announced,
};

void guest_lost(void *data, int)
{
	struct guest *guest = data;

	inputs_clear(guest->inputs);
	guest->was_announced = false;
	guest->n_asked = 0;
	for (unsigned int i = 0; i < guest->n_screens; i++) {
		guest->n_connectors[i] = 0;
		screen_forget(guest->screens[i]);
	}
}
