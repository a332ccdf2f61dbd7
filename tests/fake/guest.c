/* SPDX-License-Identifier: MIT */
/* See guest.h: the domain and its memory, and what lets time go by. */
#include <config.h>

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "channel.h"
#include "guest.h"
#include "machine.h"

#define SLICE_NS       (20 * NS_PER_MS)
#define GREFS_PER_PAGE 1023u
#define DYING_MAX_MS   30000u

/* A domain of that number may be dying until a busy xenstored has let go of its page. */
static int create_domain(uint16_t domid)
{
	int rc;

	for (unsigned i = 0; (rc = machine_domain_create(domid)) == -EEXIST; i++) {
		if (i == DYING_MAX_MS)
			break;
		usleep(1000);
	}
	return rc;
}

int guest_create(struct guest *guest, struct toolstack *ts, uint16_t domid)
{
	int rc = create_domain(domid);

	memset(guest, 0, sizeof *guest);
	LIST_INIT(&guest->refs);
	guest->domid = domid;
	guest->wait_ms = FRONT_WAIT_MS;
	guest->stall_ms = STREAM_STALL_MS;
	guest->frame_ms = FRAME_DONE_MS;
	if (rc == 0)
		rc = ringstore_init(&guest->store, domid);
	if (rc == 0)
		rc = toolstack_add_domain(ts, domid, guest->store.frame, guest->store.port);
	return rc;
}

void guest_oops(struct guest *guest, const char *what)
{
	if (guest->oopses++ == 0)
		guest->oops = what;
}

static struct front *front_of(struct guest *guest, const struct ringstore_event *event)
{
	for (unsigned i = 0; i < GUEST_FRONTS; i++)
		if (guest->fronts[i] && strcmp(guest->fronts[i]->dir, event->token) == 0)
			return guest->fronts[i];
	return NULL;
}

/* One event a turn, and none while one is being served: xenwatch is one thread. */
static void run_xenwatch(struct guest *guest)
{
	struct ringstore_event event;
	struct front *front;
	int state;

	if (guest->in_xenwatch || !ringstore_next_event(&guest->store, &event))
		return;
	front = front_of(guest, &event);
	if (!front)
		return;
	guest->in_xenwatch = true;
	/* Only the state that the store has now counts, not the one whose event this is. */
	state = front_backend_state(front);
	front->backend_changes += state != front->backend_state;
	front->backend_state = state;
	front->ops->backend_changed(front, state);
	guest->in_xenwatch = guest->stuck != NULL;
}

static bool xenwatch_has_work(const struct guest *guest)
{
	return !guest->in_xenwatch && !STAILQ_EMPTY(&guest->store.events);
}

static void run_once(struct guest *guest)
{
	for (unsigned i = 0; i < GUEST_CHANNELS; i++)
		if (guest->channels[i])
			channel_run(guest->channels[i]);
	for (unsigned i = 0; i < GUEST_FRONTS; i++)
		if (guest->fronts[i] && guest->fronts[i]->ops->run)
			guest->fronts[i]->ops->run(guest->fronts[i]);
	run_xenwatch(guest);
}

bool guest_run_until(struct guest *guest, bool (*done)(void *data), void *data, unsigned ms)
{
	uint64_t until = now_ns() + ms * NS_PER_MS;

	for (;;) {
		uint32_t seen = machine_events(guest->domid);
		uint64_t now, wait_ns;

		run_once(guest);
		if (done(data))
			return true;
		now = now_ns();
		if (now >= until)
			return false;
		if (xenwatch_has_work(guest))
			continue;
		/* A condition may come true without an event. */
		wait_ns = until - now < SLICE_NS ? until - now : SLICE_NS;
		machine_wait_event(guest->domid, seen, (unsigned)(wait_ns / NS_PER_MS) + 1);
	}
}

static bool never(void *)
{
	return false;
}

void guest_run(struct guest *guest, unsigned ms)
{
	guest_run_until(guest, never, NULL, ms);
}

/* -------- memory -------- */

/* Kept in a list, because a guest that is killed frees nothing itself. */
struct guest_refs {
	LIST_ENTRY(guest_refs) link;
	uint32_t refs[];
};

static uint32_t *alloc_refs(struct guest *guest, uint32_t count)
{
	struct guest_refs *r = calloc(1, sizeof *r + count * sizeof r->refs[0]);

	if (!r)
		return NULL;
	LIST_INSERT_HEAD(&guest->refs, r, link);
	return r->refs;
}

static void free_refs(uint32_t *refs)
{
	struct guest_refs *r;

	if (!refs)
		return;
	r = (struct guest_refs *)(void *)((char *)refs - offsetof(struct guest_refs, refs));
	LIST_REMOVE(r, link);
	free(r);
}

static void free_all_refs(struct guest *guest)
{
	while (!LIST_EMPTY(&guest->refs))
		free_refs(LIST_FIRST(&guest->refs)->refs);
}

void guest_forget(struct guest *guest)
{
	for (unsigned i = 0; i < GUEST_FRONTS; i++)
		guest->fronts[i] = NULL;
	for (unsigned i = 0; i < GUEST_CHANNELS; i++)
		guest->channels[i] = NULL;
	ringstore_finish(&guest->store);
	free_all_refs(guest);
}

int guest_pages_alloc(struct guest *guest, struct guest_pages *pages, uint32_t count)
{
	int64_t first = machine_frames_alloc(guest->domid, count);

	memset(pages, 0, sizeof *pages);
	if (first < 0)
		return (int)first;
	pages->first = (uint32_t)first;
	pages->count = count;
	pages->data = machine_frame(pages->first);
	pages->refs = alloc_refs(guest, count);
	if (!pages->refs)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		int64_t ref = machine_grant(guest->domid, machine->backend_domid, pages->first + i,
					    false);

		if (ref < 0)
			return (int)ref;
		pages->refs[i] = (uint32_t)ref;
	}
	return 0;
}

unsigned guest_pages_free(struct guest *guest, struct guest_pages *pages)
{
	unsigned mapped = 0;

	for (uint32_t i = 0; i < pages->count; i++)
		mapped += machine_grant_end(guest->domid, pages->refs[i]) == -EBUSY;
	if (pages->count > 0)
		machine_frames_free(pages->first, pages->count);
	free_refs(pages->refs);
	memset(pages, 0, sizeof *pages);
	return mapped;
}

static uint32_t *directory_page(const struct guest_buffer *buffer, uint32_t number)
{
	return (uint32_t *)(void *)(buffer->dir.data + (size_t)number * MACHINE_PAGE);
}

int guest_buffer_offer(struct guest *guest, struct guest_buffer *buffer, uint32_t size_bytes)
{
	uint32_t n = (size_bytes + MACHINE_PAGE - 1) / MACHINE_PAGE;
	uint32_t n_dir = (n + GREFS_PER_PAGE - 1) / GREFS_PER_PAGE;
	int rc;

	memset(buffer, 0, sizeof *buffer);
	buffer->size_bytes = size_bytes;
	rc = guest_pages_alloc(guest, &buffer->dir, n_dir);
	for (uint32_t d = 0; rc == 0 && d < n_dir; d++)
		directory_page(buffer, d)[0] = d + 1 < n_dir ? buffer->dir.refs[d + 1] : 0;
	return rc;
}

int guest_buffer_alloc(struct guest *guest, struct guest_buffer *buffer, uint32_t size_bytes)
{
	uint32_t n = (size_bytes + MACHINE_PAGE - 1) / MACHINE_PAGE;
	int rc = guest_buffer_offer(guest, buffer, size_bytes);

	if (rc == 0)
		rc = guest_pages_alloc(guest, &buffer->pages, n);
	for (uint32_t i = 0; rc == 0 && i < n; i++)
		directory_page(buffer, i / GREFS_PER_PAGE)[1 + i % GREFS_PER_PAGE] =
			buffer->pages.refs[i];
	return rc;
}

/* The backend's pages lie side by side in this machine, so the mapping needs no mmap(). */
int guest_buffer_map(struct guest *guest, struct guest_buffer *buffer)
{
	struct guest_mapping *m = &buffer->supplied;
	uint32_t n = (buffer->size_bytes + MACHINE_PAGE - 1) / MACHINE_PAGE;
	uint32_t first = 0;

	m->refs = alloc_refs(guest, n);
	m->tracks = alloc_refs(guest, n);
	if (!m->refs || !m->tracks)
		return -ENOMEM;
	for (m->count = 0; m->count < n; m->count++) {
		uint32_t i = m->count;
		uint32_t frame = 0;
		int64_t track;

		m->refs[i] = directory_page(buffer, i / GREFS_PER_PAGE)[1 + i % GREFS_PER_PAGE];
		track = machine_track(guest->domid, machine->backend_domid, m->refs[i], true,
				      &frame);
		if (track < 0) {
			guest_buffer_unmap(guest, buffer);
			return (int)track;
		}
		m->tracks[i] = (uint32_t)track;
		if (i == 0)
			first = frame;
		else if (frame != first + i)
			guest_oops(guest, "supplied pages that do not lie side by side");
	}
	m->data = machine_frame(first);
	return 0;
}

static void forget_mapping(struct guest_mapping *m)
{
	free_refs(m->refs);
	free_refs(m->tracks);
	memset(m, 0, sizeof *m);
}

void guest_buffer_unmap(struct guest *, struct guest_buffer *buffer)
{
	struct guest_mapping *m = &buffer->supplied;

	for (uint32_t i = 0; i < m->count; i++)
		machine_untrack(m->tracks[i]);
	forget_mapping(m);
}

unsigned guest_buffer_free(struct guest *guest, struct guest_buffer *buffer)
{
	unsigned mapped = guest_pages_free(guest, &buffer->pages);

	forget_mapping(&buffer->supplied);
	return mapped + guest_pages_free(guest, &buffer->dir);
}

uint32_t guest_buffer_directory(const struct guest_buffer *buffer)
{
	return buffer->dir.refs[0];
}

uint8_t *guest_buffer_data(const struct guest_buffer *buffer)
{
	return buffer->supplied.data ? buffer->supplied.data : buffer->pages.data;
}
