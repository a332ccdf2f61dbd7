/* SPDX-License-Identifier: MIT */
/* What a client types, points, pastes, hears and says is its password.  See client-priv.h. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <string.h>

#include "common/clock.h"
#include "vnc/client-priv.h"
#include "vnc/log.h"
#include "vnc/qnum.h"

/* A client that is let in, may type, and is awake now; or NULL. */
static struct client *typist(rfbClientPtr cl)
{
	struct client *client = cl->clientData;

	if (!client || cl->viewOnly)
		return NULL;
	client->input_ns = monotonic_ns();
	return client;
}

/* -------- keys and the pointer -------- */

static void on_keysym(rfbBool down, rfbKeySym keysym, rfbClientPtr cl)
{
	struct client *client = typist(cl);

	if (client)
		keyboard_keysym(&client->keyboard, keysym, down);
}

static void on_key(rfbClientPtr cl, bool pressed, uint32_t keysym, uint32_t qnum)
{
	struct client *client = typist(cl);
	const uint16_t code = qnum_to_code(qnum);

	if (!client)
		return;
	if (code)
		keyboard_code(&client->keyboard, code, pressed);
	else
		keyboard_keysym(&client->keyboard, keysym, pressed);
}

static void on_pointer(int buttons, int x, int y, rfbClientPtr cl)
{
	struct client *client = typist(cl);
	const struct area *area;
	int32_t area_x, area_y;

	if (!client)
		return;
	area = picture_at(client->owner->picture, x, y, &area_x, &area_y);
	if (area)
		pointer_event(&client->pointer, (uint8_t)buttons, area->c, area_x, area_y);
}

/* -------- the clipboard -------- */

static void type_more(struct client *client)
{
	const struct timeval tv = {.tv_usec = PASTE_STEP_NS / 1000};

	if (client->paste.text) {
		evtimer_add(client->typing, &tv);
		return;
	}
	if (client->paste.left_out > 0)
		log_client("%u characters of the clipboard of %s have no key in layout %s",
			   client->paste.left_out, peer_get_name(client->peer),
			   client->owner->env->o->layout);
	client->paste.left_out = 0;
}

static void on_typing(evutil_socket_t, short, void *data)
{
	struct client *client = data;

	paste_step(&client->paste, monotonic_ns());
	inputs_flush(client->owner->env->inputs);
	link_work_soon(client->owner->env->link);
	type_more(client);
}

static void paste(rfbClientPtr cl, const char *text, int len,
		  int (*begin)(struct paste *paste, const char *text, size_t bytes))
{
	struct client *client = typist(cl);
	int rc;

	if (!client || !client->owner->env->o->paste || len < 0)
		return;
	rc = begin(&client->paste, text, (size_t)len);
	if (rc < 0)
		log_client("The clipboard of %s is not typed: %s", peer_get_name(client->peer),
			   strerror(-rc));
	type_more(client);
}

static void on_cut_text(char *text, int len, rfbClientPtr cl)
{
	paste(cl, text, len, paste_begin_latin1);
}

static void on_cut_text_utf8(char *text, int len, rfbClientPtr cl)
{
	paste(cl, text, len, paste_begin);
}

int client_hooks_open(struct client *client)
{
	client->typing = evtimer_new(client->owner->env->base, on_typing, client);
	return client->typing ? 0 : -ENOMEM;
}

void client_hooks_close(struct client *client)
{
	paste_end(&client->paste);
	if (client->typing)
		event_free(client->typing);
	client->typing = NULL;
}

/* -------- sound -------- */

/* @return whether it has a tap now. */
static bool need_tap(struct client *client)
{
	if (!client->tap)
		client->tap = sound_open_tap(client->owner->env->sound);
	return client->tap;
}

static void on_sound(rfbClientPtr cl, bool on)
{
	struct client *client = cl->clientData;

	if (client && need_tap(client))
		tap_open(client->tap, on);
}

static void on_format(rfbClientPtr cl, const struct pcm_format *format)
{
	struct client *client = cl->clientData;

	if (client && need_tap(client))
		tap_set_format(client->tap, format);
}

void client_register(bool with_sound)
{
	static const struct qemu_handler handler = {
		.key = on_key,
		.sound = on_sound,
		.format = on_format,
	};

	qemu_register(&handler, with_sound);
}

/* -------- the password -------- */

static rfbBool on_password(rfbClientPtr cl, const char *response, int len)
{
	struct client *client = cl->clientData;
	struct lockout *lockout = &client->owner->env->lockout;
	const char *from = peer_get_name(client->peer);
	const uint64_t now_ns = monotonic_ns();
	unsigned int wrong, left_s;

	if (lockout_left(lockout, from, now_ns) > 0)
		return FALSE;
	if (rfbCheckPasswordByList(cl, response, len)) {
		/* Who may look only has not earned more tries of the other password. */
		if (!cl->viewOnly || client->owner->env->o->view_only)
			lockout_forget(lockout, from);
		return TRUE;
	}
	wrong = lockout_add(lockout, from, now_ns, &left_s);
	if (left_s > 0)
		log_client("Wrong password from %s, the %uth: nobody from there is let in for %u s",
			   from, wrong, left_s);
	else
		log_client("Wrong password from %s", from);
	return FALSE;
}

void client_install_hooks(rfbScreenInfoPtr rfb)
{
	rfb->kbdAddEvent = on_keysym;
	rfb->ptrAddEvent = on_pointer;
	rfb->setXCutText = on_cut_text;
	rfb->setXCutTextUTF8 = on_cut_text_utf8;
	rfb->passwordCheck = on_password;
}
