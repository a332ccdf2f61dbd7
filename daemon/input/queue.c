/* SPDX-License-Identifier: MIT */
/* See queue.h. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "input/queue.h"

/* As of one event in state.c. */
#define MOTION_MAX 0x7fff

static struct queue_entry *at(struct input_queue *queue, unsigned i)
{
	return &queue->entries[(queue->first + i) % INPUT_QUEUE];
}

/* Are so many free that none is kept for a release? */
static bool has_free(const struct input_queue *queue, unsigned n)
{
	return queue->n + queue->n_held + n <= INPUT_QUEUE;
}

static void append(struct input_queue *queue, unsigned code, bool pressed)
{
	*at(queue, queue->n) =
		(struct queue_entry){queue->after, (uint16_t)code, pressed, queue->count};
	queue->n++;
	memset(&queue->after, 0, sizeof queue->after);
}

/* Does a press of that key wait, with nothing behind it? */
static bool ends_with_press(struct input_queue *queue, unsigned code)
{
	const struct queue_entry *last;

	if (queue->n == 0 || queue->after.any)
		return false;
	last = at(queue, queue->n - 1);
	return last->code == code && last->pressed;
}

static void release(struct input_queue *queue, unsigned code)
{
	input_keys_clear(&queue->held, code);
	queue->n_held--;
	append(queue, code, false);
}

int queue_key(struct input_queue *queue, unsigned code, bool pressed)
{
	if (input_keys_has(&queue->held, code)) {
		if (!pressed)
			release(queue, code);
		else if (!ends_with_press(queue, code) && has_free(queue, 1))
			append(queue, code, true);
		return 0;
	}
	if (!pressed)
		return 0;
	if (!has_free(queue, 2))
		return -ENOBUFS;
	append(queue, code, true);
	input_keys_set(&queue->held, code);
	queue->n_held++;
	return 0;
}

static int32_t add(int32_t sum, int32_t value)
{
	const int64_t wide = (int64_t)sum + value;

	return (int32_t)(wide < -MOTION_MAX ? -MOTION_MAX : wide > MOTION_MAX ? MOTION_MAX : wide);
}

void queue_move(struct input_queue *queue, int32_t dx, int32_t dy, int32_t wheel)
{
	struct queue_motion *after = &queue->after;

	after->any = true;
	after->dx = add(after->dx, dx);
	after->dy = add(after->dy, dy);
	after->wheel = add(after->wheel, wheel);
}

void queue_place(struct input_queue *queue, int32_t x, int32_t y, int32_t wheel)
{
	queue->after = (struct queue_motion){true, true, x, y, 0, 0, queue->after.wheel};
	queue_move(queue, 0, 0, wheel);
}

void queue_release_all(struct input_queue *queue)
{
	for (unsigned code = 0; code < INPUT_KEYS; code++)
		if (input_keys_has(&queue->held, code))
			release(queue, code);
}

bool queue_next(struct input_queue *queue, struct queue_entry *entry)
{
	if (queue->n > 0) {
		*entry = *at(queue, 0);
		queue->first = (queue->first + 1) % INPUT_QUEUE;
		queue->n--;
		return true;
	}
	if (!queue->after.any)
		return false;
	*entry = (struct queue_entry){.before = queue->after, .count = queue->count};
	memset(&queue->after, 0, sizeof queue->after);
	return true;
}

unsigned queue_presses(const struct input_queue *queue)
{
	unsigned n = 0;

	for (unsigned i = 0; i < queue->n; i++)
		n += queue->entries[(queue->first + i) % INPUT_QUEUE].pressed;
	return n;
}
