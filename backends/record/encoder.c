/* SPDX-License-Identifier: MIT */
/* See encoder.h. */
#include <config.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "encoder.h"
#include "png.h"

/* Time for the pictures of one guest before the next guest's turn. */
#define TURN_NS (20 * NS_PER_MS)

TAILQ_HEAD(picture_list, picture);

struct encoder {
	const struct folder *folder;
	pthread_t thread;
	int done_fd;
	/* Shared by both threads, under the lock. */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct picture_list waiting; /* includes those in work */
	struct picture_list done;
	bool stop;
};

/* Move the pictures of this guest to the end, in their order: other guests have their turn. */
static void step_back(struct encoder *e, const struct account *account)
{
	struct picture_list rest = TAILQ_HEAD_INITIALIZER(rest);
	struct picture *p, *next;

	for (p = TAILQ_FIRST(&e->waiting); p; p = next) {
		next = TAILQ_NEXT(p, link);
		if (p->account != account)
			continue;
		TAILQ_REMOVE(&e->waiting, p, link);
		TAILQ_INSERT_TAIL(&rest, p, link);
	}
	TAILQ_CONCAT(&e->waiting, &rest, link);
}

/* Encode a part.  @return 0 if there is more to do, 1 when done, or -errno. */
static int work(const struct encoder *e, struct picture *p)
{
	int rc;

	if (!p->png) {
		rc = png_start(&p->png, e->folder, p->name, p->replace, &p->image);
		if (rc < 0)
			return rc;
	}
	rc = png_go_on(p->png, monotonic_ns() + TURN_NS, &p->bytes);
	if (rc != 0)
		p->png = NULL;
	return rc;
}

static void give_back(struct encoder *e, struct picture *p, int rc)
{
	const uint64_t one = 1;

	p->rc = rc;
	TAILQ_REMOVE(&e->waiting, p, link);
	TAILQ_INSERT_TAIL(&e->done, p, link);
	if (write(e->done_fd, &one, sizeof one) < 0)
		abort(); /* the counter is reset long before it is full */
}

static void *run(void *arg)
{
	struct encoder *e = arg;
	struct picture *p;

	pthread_mutex_lock(&e->lock);
	for (;;) {
		int rc;

		while (!(p = TAILQ_FIRST(&e->waiting)) && !e->stop)
			pthread_cond_wait(&e->wake, &e->lock);
		if (!p)
			break;
		p->started = true;
		pthread_mutex_unlock(&e->lock);
		rc = work(e, p);
		pthread_mutex_lock(&e->lock);
		step_back(e, p->account);
		if (rc != 0)
			give_back(e, p, rc);
	}
	pthread_mutex_unlock(&e->lock);
	return NULL;
}

int encoder_start(struct encoder **out, const struct folder *folder)
{
	struct encoder *e = calloc(1, sizeof *e);
	int rc;

	if (!e)
		return -ENOMEM;
	e->folder = folder;
	TAILQ_INIT(&e->waiting);
	TAILQ_INIT(&e->done);
	pthread_mutex_init(&e->lock, NULL);
	pthread_cond_init(&e->wake, NULL);
	e->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	rc = e->done_fd < 0 ? errno : pthread_create(&e->thread, NULL, run, e);
	if (rc == 0) {
		*out = e;
		return 0;
	}
	if (e->done_fd >= 0)
		close(e->done_fd);
	free(e);
	return -rc;
}

void encoder_stop(struct encoder *e)
{
	if (!e)
		return;
	pthread_mutex_lock(&e->lock);
	e->stop = true;
	pthread_cond_signal(&e->wake);
	pthread_mutex_unlock(&e->lock);
	pthread_join(e->thread, NULL);
	pthread_cond_destroy(&e->wake);
	pthread_mutex_destroy(&e->lock);
	close(e->done_fd);
	free(e);
}

int encoder_get_fd(const struct encoder *e)
{
	return e->done_fd;
}

void encoder_put(struct encoder *e, struct picture *p)
{
	p->png = NULL;
	p->started = false;
	pthread_mutex_lock(&e->lock);
	TAILQ_INSERT_TAIL(&e->waiting, p, link);
	pthread_cond_signal(&e->wake);
	pthread_mutex_unlock(&e->lock);
}

bool encoder_cancel(struct encoder *e, struct picture *p)
{
	bool back;

	pthread_mutex_lock(&e->lock);
	back = !p->started;
	if (back)
		TAILQ_REMOVE(&e->waiting, p, link);
	pthread_mutex_unlock(&e->lock);
	return back;
}

struct picture *encoder_take(struct encoder *e)
{
	struct picture *p;
	uint64_t n;

	pthread_mutex_lock(&e->lock);
	p = TAILQ_FIRST(&e->done);
	if (p)
		TAILQ_REMOVE(&e->done, p, link);
	else if (read(e->done_fd, &n, sizeof n) < 0)
		n = 0; /* the counter was 0 */
	pthread_mutex_unlock(&e->lock);
	return p;
}
