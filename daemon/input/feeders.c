/* SPDX-License-Identifier: MIT */
/* See feeders.h. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include "input/feeders.h"
#include "input/queue.h"

struct member {
	const void *data; /* NULL: it has left */
	uint64_t joined, left;
	struct feeder feeder; /* what it holds for the guest */
	struct input_queue queue;
	uint32_t applied; /* events up to the last that is in the state, while others wait.. */
	uint32_t placed;  /* ..those that are with the guest.. */
	uint32_t told;    /* ..and of which it knows that */
	TAILQ_ENTRY(member) link;
};

void feeders_init(struct feeders *feeders, struct input_state *state)
{
	*feeders = (struct feeders){.state = state};
	TAILQ_INIT(&feeders->members);
}

static struct member *find(struct feeders *feeders, const void *data)
{
	struct member *member;

	TAILQ_FOREACH (member, &feeders->members, link)
		if (member->data && member->data == data)
			return member;
	return NULL;
}

struct feeder *feeders_find(struct feeders *feeders, const void *data)
{
	struct member *member = find(feeders, data);

	return member ? &member->feeder : NULL;
}

/* -------- those that come and go -------- */

int feeders_join(struct feeders *feeders, const void *data)
{
	struct member *member;

	if (feeders->n >= INPUT_MAX_FEEDERS)
		return -EUSERS;
	member = calloc(1, sizeof *member);
	if (!member)
		return -ENOMEM;
	member->data = data;
	member->joined = ++feeders->n_changes;
	TAILQ_INSERT_TAIL(&feeders->members, member, link);
	feeders->n++;
	return 0;
}

static void apply(struct feeders *feeders, struct member *member, const struct queue_entry *entry)
{
	const struct queue_motion *motion = &entry->before;

	if (motion->placed)
		input_state_place(feeders->state, motion->x, motion->y, 0);
	if (motion->any)
		input_state_move(feeders->state, motion->dx, motion->dy, motion->wheel);
	if (entry->code != 0)
		feeder_key(&member->feeder, feeders->state, entry->code, entry->pressed);
	member->applied = entry->count;
}

/* Releases are not lost in the state: they wait only for what waits already. */
static void release_all(struct feeders *feeders, struct member *member)
{
	const bool waits = !queue_is_empty(&member->queue);
	const unsigned n = member->queue.n;
	struct queue_entry entry;

	feeder_lift_all(&member->feeder, feeders->state);
	queue_release_all(&member->queue);
	while (!waits && queue_next(&member->queue, &entry))
		apply(feeders, member, &entry);
	feeders->n_waiting += member->queue.n - n;
}

void feeders_reset(struct feeders *feeders, const void *data)
{
	struct member *member = find(feeders, data);

	if (member)
		release_all(feeders, member);
}

/* What still waits of it is dropped. */
static void destroy(struct feeders *feeders, struct member *member)
{
	feeder_reset(&member->feeder, feeders->state);
	feeders->n_waiting -= member->queue.n;
	if (member->data)
		feeders->n--;
	else
		feeders->n_left--;
	TAILQ_REMOVE(&feeders->members, member, link);
	free(member);
}

/* The one that left first of those that have left; what waits of them all. */
static struct member *first_left(struct feeders *feeders, unsigned *n_waiting)
{
	struct member *first = NULL;
	struct member *member;

	*n_waiting = 0;
	TAILQ_FOREACH (member, &feeders->members, link) {
		if (member->data)
			continue;
		*n_waiting += member->queue.n;
		if (!first || member->left < first->left)
			first = member;
	}
	return first;
}

/* What waits of those that have left is limited: it delays those that come. */
static void limit_left(struct feeders *feeders)
{
	unsigned n_waiting;
	struct member *first = first_left(feeders, &n_waiting);

	while (first && (feeders->n_left > FEEDERS_MAX_LEFT || n_waiting > INPUT_QUEUE)) {
		feeders->n_dropped += queue_presses(&first->queue);
		destroy(feeders, first);
		first = first_left(feeders, &n_waiting);
	}
}

void feeders_leave(struct feeders *feeders, const void *data)
{
	struct member *member = find(feeders, data);

	if (!member)
		return;
	release_all(feeders, member);
	if (queue_is_empty(&member->queue)) {
		destroy(feeders, member);
		return;
	}
	member->data = NULL;
	member->left = ++feeders->n_changes;
	feeders->n--;
	feeders->n_left++;
	limit_left(feeders);
}

void feeders_end(struct feeders *feeders)
{
	struct member *member;

	while ((member = TAILQ_FIRST(&feeders->members)))
		destroy(feeders, member);
}

/* -------- what waits -------- */

int feeders_key(struct feeders *feeders, const void *data, uint32_t code, bool pressed)
{
	struct member *member = find(feeders, data);
	unsigned n;
	int rc;

	if (!member)
		return -ENOENT;
	if (code >= INPUT_KEYS || !input_key_allowed(&feeders->state->caps, code))
		return -EINVAL;
	n = member->queue.n;
	rc = queue_key(&member->queue, code, pressed);
	feeders->n_waiting += member->queue.n - n;
	feeders->n_dropped += rc == -ENOBUFS;
	return rc;
}

void feeders_move(struct feeders *feeders, const void *data, int32_t dx, int32_t dy, int32_t wheel)
{
	struct member *member = find(feeders, data);

	if (!member)
		return;
	if (queue_is_empty(&member->queue))
		input_state_move(feeders->state, dx, dy, wheel);
	else
		queue_move(&member->queue, dx, dy, wheel);
}

void feeders_place(struct feeders *feeders, const void *data, int32_t x, int32_t y, int32_t wheel)
{
	struct member *member = find(feeders, data);

	if (!member)
		return;
	if (queue_is_empty(&member->queue))
		input_state_place(feeders->state, x, y, wheel);
	else
		queue_place(&member->queue, x, y, wheel);
}

/* The next in turn; not before those that had left when it joined. */
static struct member *next_member(struct feeders *feeders)
{
	unsigned n_waiting;
	const struct member *first = first_left(feeders, &n_waiting);
	struct member *member;

	TAILQ_FOREACH (member, &feeders->members, link)
		if (!queue_is_empty(&member->queue) && (!first || member->joined < first->left))
			return member;
	return NULL;
}

bool feeders_next(struct feeders *feeders)
{
	struct member *member = next_member(feeders);
	struct queue_entry entry;

	if (!member || !queue_next(&member->queue, &entry))
		return false;
	feeders->n_waiting -= entry.code != 0;
	apply(feeders, member, &entry);
	TAILQ_REMOVE(&feeders->members, member, link);
	TAILQ_INSERT_TAIL(&feeders->members, member, link);
	if (!member->data && queue_is_empty(&member->queue))
		destroy(feeders, member);
	return true;
}

/* -------- what is done with -------- */

void feeders_count(struct feeders *feeders, const void *data)
{
	struct member *member = find(feeders, data);

	if (!member)
		return;
	if (queue_is_empty(&member->queue))
		member->applied = member->queue.count;
	member->queue.count++;
}

void feeders_placed(struct feeders *feeders)
{
	struct member *member;

	TAILQ_FOREACH (member, &feeders->members, link)
		member->placed =
			queue_is_empty(&member->queue) ? member->queue.count : member->applied;
}

void feeders_tell(struct feeders *feeders)
{
	struct member *member;

	TAILQ_FOREACH (member, &feeders->members, link) {
		if (!member->data || member->told == member->placed)
			continue;
		member->told = member->placed;
		if (feeders->taken)
			feeders->taken(member->data, member->told);
	}
}
