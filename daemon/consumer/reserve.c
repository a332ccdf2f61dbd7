/* SPDX-License-Identifier: MIT */
/*
 * See reserve.h.
 *
 * A record is about a place: device and index, which stay the same over a restart, unlike the
 * numbers of objects.  What the journal says is not believed: at worst an object is reserved for
 * nobody, for as long as reservations last.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "consumer/claims.h"
#include "consumer/reserve.h"
#include "journal/journal.h"
#include "report/log.h"

/* More are not reserved: as many objects as a full machine has. */
#define MAX_RESERVATIONS 4096u

/* The data of a JOURNAL_CLAIM record; its key is the place. */
struct kept_claim {
	uint8_t token[XENAV_TOKEN_BYTES];
	uint32_t uid;
	uint32_t reserved;
};

struct reservation {
	struct journal_key place;
	struct kept_claim kept;
	LIST_ENTRY(reservation) link;
};

/* -------- places and tokens -------- */

/* @return whether claims of the object are kept. */
static bool place_of(const struct object *object, struct journal_key *place)
{
	if (!object->ops->place)
		return false;
	*place = (struct journal_key){.type = JOURNAL_CLAIM, .domid = object->guest->domid};
	object->ops->place(object, place);
	return true;
}

static bool same_place(const struct journal_key *a, const struct journal_key *b)
{
	return a->kind == b->kind && a->domid == b->domid && a->devid == b->devid && a->id == b->id;
}

/* The time that this takes says nothing about the token. */
static bool same_token(const uint8_t *a, const uint8_t *b)
{
	uint8_t differ = 0;

	for (size_t i = 0; i < XENAV_TOKEN_BYTES; i++)
		differ |= a[i] ^ b[i];
	return differ == 0;
}

static struct reservation *find(const struct reserve *reserve, const struct object *object)
{
	struct journal_key place;
	struct reservation *r;

	if (LIST_EMPTY(&reserve->all) || !place_of(object, &place))
		return NULL;
	LIST_FOREACH (r, &reserve->all, link)
		if (same_place(&r->place, &place))
			return r;
	return NULL;
}

/* -------- the journal -------- */

/* @return the next record of that place, from the first on with NULL, or NULL. */
static struct journal_slot *next_record(const struct reserve *reserve,
					const struct journal_key *place, struct journal_slot *slot)
{
	do
		slot = journal_next(reserve->journal, place, JOURNAL_CLAIM, slot);
	while (slot && !same_place(journal_key(slot), place));
	return slot;
}

/* @param kept stays; NULL: none does */
static void remove_records(const struct reserve *reserve, const struct journal_key *place,
			   const struct journal_slot *kept)
{
	struct journal_slot *slot = NULL;

	while ((slot = next_record(reserve, place, slot)))
		if (slot != kept)
			journal_remove(slot);
}

/* A reservation for each object, also if there are several records of it. */
static int recall(struct reserve *reserve)
{
	struct journal_slot *slot = NULL;
	unsigned n = 0;

	while ((slot = journal_next_of_all(reserve->journal, JOURNAL_CLAIM, slot)) &&
	       n < MAX_RESERVATIONS) {
		struct reservation *r;

		if (!journal_is_old(slot))
			continue;
		r = calloc(1, sizeof *r);
		if (!r)
			return -ENOMEM;
		r->place = *journal_key(slot);
		journal_read(slot, &r->kept, sizeof r->kept);
		LIST_INSERT_HEAD(&reserve->all, r, link);
		n++;
	}
	if (n > 0)
		log_info("Reserved %u claims of consumers that may come back", n);
	return 0;
}

static void drop(struct reservation *r)
{
	LIST_REMOVE(r, link);
	free(r);
}

/* -------- the end of reservations -------- */

/* Records whose consumers have not come back are not for the next process either. */
static void end_all(void *data)
{
	struct reserve *reserve = data;
	const struct object *object = objects_after(reserve->objects, 0);

	if (!LIST_EMPTY(&reserve->all))
		log_info("Some consumers have not come back: what was reserved is free");
	for (struct reservation *r = LIST_FIRST(&reserve->all); r; r = LIST_NEXT(r, link))
		remove_records(reserve, &r->place, NULL);
	/* A claim that is granted may end objects: go by number. */
	while (object) {
		const uint32_t id = object->id;
		struct reservation *r = find(reserve, object);

		if (r) {
			drop(r);
			reserve->freed(objects_find(reserve->objects, id));
		}
		object = objects_after(reserve->objects, id);
	}
	while (!LIST_EMPTY(&reserve->all))
		drop(LIST_FIRST(&reserve->all));
}

/* -------- for the others -------- */

int reserve_start(struct reserve *reserve, struct event_base *base, struct journal *journal,
		  const struct objects *objects, unsigned ms, void (*freed)(struct object *object))
{
	reserve->journal = journal;
	reserve->objects = objects;
	reserve->freed = freed;
	if (patience_init(&reserve->patience, base, end_all, reserve) < 0 || recall(reserve) < 0 ||
	    patience_start(&reserve->patience, ms) < 0) {
		reserve_finish(reserve);
		return -ENOMEM;
	}
	return 0;
}

void reserve_finish(struct reserve *reserve)
{
	while (!LIST_EMPTY(&reserve->all))
		drop(LIST_FIRST(&reserve->all));
	patience_finish(&reserve->patience);
	reserve->journal = NULL;
}

/* The reservations are of the new token from here on, also for the next process. */
void reserve_resume(struct reserve *reserve, const struct claims *claims, const uint8_t *token)
{
	struct reservation *r;

	LIST_FOREACH (r, &reserve->all, link) {
		if (r->kept.uid != claims->consumer->uid || !same_token(r->kept.token, token))
			continue;
		memcpy(r->kept.token, claims->token, sizeof r->kept.token);
		journal_write(next_record(reserve, &r->place, NULL), &r->kept, sizeof r->kept);
	}
}

bool reserve_bars(const struct reserve *reserve, const struct claims *claims,
		  const struct object *object)
{
	const struct reservation *r = find(reserve, object);

	return r && !(claims->resumes && same_token(r->kept.token, claims->token));
}

void reserve_begin(struct reserve *reserve, struct claim *claim)
{
	const struct claims *claims = claim->claims;
	struct kept_claim kept = {.uid = claims->consumer->uid};
	struct journal_key place;
	struct reservation *r;

	if (!reserve->journal || !place_of(claim->object, &place))
		return;
	/* A journal may have made several: each would end the new record later. */
	while ((r = find(reserve, claim->object)))
		drop(r);
	memcpy(kept.token, claims->token, sizeof kept.token);
	if (claims->resumes)
		claim->kept = journal_add(reserve->journal, &place, &kept, sizeof kept);
	/* Only then, so that a kill never leaves the claim without a record. */
	remove_records(reserve, &place, claim->kept);
}

void reserve_end(struct claim *claim)
{
	journal_remove(claim->kept);
	claim->kept = NULL;
}
