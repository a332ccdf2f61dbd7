/* SPDX-License-Identifier: MIT */
/* See display-fake.h. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/container.h"
#include "display-fake.h"
#include "machine-rig.h"
#include "test.h"
#include "xen/dmabuf.h"
#include "xen/gnttab.h"
#include "xen/worker.h"
#include "xen/xen.h"
#include "xenshbuf.h"

#define MEMORIES 256

struct fake fake;
struct xen fake_xen;

/* -------- guest memory -------- */

static struct {
	uint32_t gref;
	struct xenshbuf_front *front;
} memories[MEMORIES];
static unsigned n_memories;

static struct xenshbuf_front *find_front(uint32_t gref)
{
	for (unsigned i = 0; i < n_memories; i++)
		if (memories[i].gref == gref)
			return memories[i].front;
	return NULL;
}

static struct xenshbuf_front *front_of(uint32_t gref, size_t size_bytes, bool be_alloc)
{
	struct xenshbuf_front *front = find_front(gref);

	if (front)
		return front;
	assert_true(n_memories < MEMORIES);
	play(GUEST);
	assert_int_equal(xenshbuf_front_alloc(&front, BACKEND, (uint32_t)size_bytes, be_alloc), 0);
	play(BACKEND);
	memories[n_memories].gref = gref;
	memories[n_memories++].front = front;
	return front;
}

uint8_t *fake_memory(uint32_t gref, size_t size_bytes)
{
	struct xenshbuf_front *front = front_of(gref, size_bytes, false);

	assert_true(size_bytes <= (size_t)xenshbuf_front_n_pages(front) * MACHINE_PAGE);
	return xenshbuf_front_data(front);
}

void fake_directory(uint32_t gref)
{
	front_of(gref, MACHINE_PAGE, true);
}

uint8_t *fake_supplied(uint32_t gref)
{
	const uint32_t *directory = granted_page(GUEST, xenshbuf_front_dir_start(find_front(gref)));

	return (uint8_t *)granted_page(BACKEND, directory[1]);
}

uint32_t fake_supplied_pages(void)
{
	return machine->domains[BACKEND].n_grants;
}

/* What a number of a test stands for; one that names no memory is not granted. */
static uint32_t real_gref(uint32_t gref)
{
	const struct xenshbuf_front *front = find_front(gref);

	if (front)
		return xenshbuf_front_dir_start(front);
	return gref > 0 && gref < MACHINE_GRANTS ? gref + MACHINE_GRANTS : gref;
}

static void free_memories(void)
{
	play(GUEST);
	while (n_memories > 0)
		assert_int_equal(xenshbuf_front_free(memories[--n_memories].front), 0);
	play(BACKEND);
}

/* -------- dma-bufs -------- */

/* In use for as many attempts to release it as the test says. */
struct dmabuf {
	int fd;
};

bool dmabuf_can_import(void)
{
	return false;
}

uint64_t dmabuf_size_bytes(int)
{
	return 0;
}

int dmabuf_import(struct dmabuf_import **, uint16_t, int, uint32_t *, uint32_t)
{
	return -ENOSYS;
}

int dmabuf_import_end(struct dmabuf_import *)
{
	return 0;
}

bool dmabuf_can_export(void)
{
	return fake.dmabufs_available;
}

int dmabuf_export(struct dmabuf **out, uint16_t domid, const uint32_t *grefs, uint32_t n)
{
	if (fake.dmabuf_rc < 0)
		return fake.dmabuf_rc;
	*out = malloc(sizeof **out);
	assert_non_null(*out);
	(*out)->fd = machine_dmabuf(grant_of(domid, grefs[0])->frame, n);
	assert_true((*out)->fd >= 0);
	fake.n_dmabufs++;
	fake.n_exports++;
	return 0;
}

int dmabuf_fd(const struct dmabuf *dmabuf)
{
	return dmabuf->fd;
}

int dmabuf_release(struct dmabuf *, uint32_t)
{
	assert_true(mapped_pages() > 0);
	return fake.dmabuf_busy > 0 && fake.dmabuf_busy-- ? -ETIMEDOUT : 0;
}

void dmabuf_free(struct dmabuf *dmabuf)
{
	if (!dmabuf)
		return;
	close(dmabuf->fd);
	free(dmabuf);
	fake.n_dmabufs--;
}

/* -------- channels -------- */

static struct fake_channel *fake_of(const struct channel *ch)
{
	for (unsigned i = 0; i < FAKE_CONNECTORS; i++)
		if (fake.channels[i].ch == ch)
			return &fake.channels[i];
	fail_msg("a channel that was never connected");
	abort(); /* never reached, which the compiler does not know */
}

void channel_init(struct channel *ch, const struct channel_refs *refs, channel_request request,
		  void (*room)(struct channel *ch, void *owner), void *owner)
{
	memset(ch, 0, sizeof *ch);
	ch->refs = *refs;
	ch->request = request;
	ch->room = room;
	ch->owner = owner;
}

static void run_nothing(struct job *)
{
}

static void on_set_gone(struct job *job)
{
	struct channel_set *set = CONTAINER(job, struct channel_set, job);

	set->working = false;
	set->gone(set);
}

static void on_set_mapped(struct job *job)
{
	struct channel_set *set = CONTAINER(job, struct channel_set, job);

	set->working = false;
	if (set->gone) {
		set->job.done = on_set_gone;
		set->working = true;
		worker_submit(set->xen->worker, job);
		return;
	}
	fake.connected = fake.connect_rc == 0;
	set->connected(set, fake.connect_rc);
}

void channel_charge_map(struct channel *, uint32_t)
{
}

/* The counters of before a restart are those of the fake. */
int channel_set_recall(struct channel_set *set)
{
	for (unsigned i = 0; i < set->n_channels; i++) {
		set->channels[i]->ring.rsp_prod = fake.channels[i].n_rsp;
		set->channels[i]->events.prod = fake.channels[i].n_events;
	}
	return fake.recall_rc;
}

void channel_set_connect(struct channel_set *set, void (*connected)(struct channel_set *, int),
			 void (*broke)(struct channel_set *))
{
	set->connected = connected;
	set->broke = broke;
	set->gone = NULL;
	fake.set = set;
	for (unsigned i = 0; i < set->n_channels; i++) {
		set->channels[i]->set = set;
		fake.channels[i].ch = set->channels[i];
	}
	set->job.run = run_nothing;
	set->job.done = on_set_mapped;
	set->working = true;
	worker_submit(set->xen->worker, &set->job);
}

void channel_set_disconnect(struct channel_set *set, void (*gone)(struct channel_set *))
{
	assert_null(set->gone);
	fake.connected = false;
	set->gone = gone;
	if (set->working)
		return;
	set->job.run = run_nothing;
	set->job.done = on_set_gone;
	set->working = true;
	worker_submit(set->xen->worker, &set->job);
}

static void assert_zero(const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(bytes[i], 0);
}

void channel_respond(struct channel *ch, const uint8_t rsp[RING_SLOT_BYTES])
{
	struct fake_channel *channel = fake_of(ch);

	assert_true(fake.connected);
	assert_true(ch->busy);
	if (fake.on_respond)
		fake.on_respond();
	ch->busy = false;
	memcpy(&channel->rsp, rsp, sizeof channel->rsp);
	ch->ring.rsp_prod = ++channel->n_rsp;
	assert_int_equal(channel->rsp.id, channel->req.id);
	assert_int_equal(channel->rsp.operation, channel->req.operation);
	assert_true(channel->rsp.status <= 0);
	assert_int_equal(channel->rsp.reserved, 0);
	if (channel->rsp.operation == XENDISPL_OP_GET_EDID && channel->rsp.status == 0)
		assert_zero(rsp + 12, RING_SLOT_BYTES - 12);
	else
		assert_zero(rsp + 8, RING_SLOT_BYTES - 8);
}

int channel_event(struct channel *ch, uint8_t event[RING_SLOT_BYTES])
{
	struct fake_channel *channel = fake_of(ch);
	struct xendispl_evt evt;

	if (!fake.connected)
		return -ENOTCONN;
	if (fake.break_on_event) {
		fake.break_on_event = false;
		ch->set->broke(ch->set);
		return -ENOTCONN;
	}
	if (fake.event_rc < 0)
		return fake.event_rc;
	if (channel->n_unread == EVENT_PAGE_SLOTS)
		return -EAGAIN;
	memcpy(&evt, event, sizeof evt);
	assert_int_equal(evt.type, XENDISPL_EVT_PG_FLIP);
	assert_zero(evt.reserved, sizeof evt.reserved);
	assert_zero(event + 16, RING_SLOT_BYTES - 16);
	assert_true(channel->n_events < FAKE_EVENTS);
	channel->events[channel->n_events++] = evt.op.pg_flip.fb_cookie;
	ch->events.prod = channel->n_events;
	channel->n_unread++;
	if (fake.on_event)
		fake.on_event(channel);
	return 0;
}

void fake_read_events(unsigned connector)
{
	struct fake_channel *channel = &fake.channels[connector];

	channel->n_unread = 0;
	if (fake.connected && channel->ch->room)
		channel->ch->room(channel->ch, channel->ch->owner);
}

void fake_send(unsigned connector, const struct xendispl_req *req)
{
	struct fake_channel *channel = &fake.channels[connector];
	uint8_t image[RING_SLOT_BYTES];

	assert_true(fake.connected);
	assert_false(channel->ch->busy);
	channel->req = *req;
	channel->req.id = channel->next_id++;
	/* Linux does not clear a slot before it fills it. */
	memset(channel->req.reserved, 0xa5, sizeof channel->req.reserved);
	if (req->operation == XENDISPL_OP_DBUF_CREATE)
		channel->req.op.dbuf_create.gref_directory =
			real_gref(req->op.dbuf_create.gref_directory);
	else if (req->operation == XENDISPL_OP_GET_EDID)
		channel->req.op.get_edid.gref_directory =
			real_gref(req->op.get_edid.gref_directory);
	memcpy(image, &channel->req, sizeof image);
	channel->ch->busy = true;
	channel->ch->request(channel->ch, image, channel->ch->owner);
}

int fake_call(unsigned connector, const struct xendispl_req *req)
{
	struct fake_channel *channel = &fake.channels[connector];
	unsigned n_rsp = channel->n_rsp;

	fake_send(connector, req);
	while (channel->n_rsp == n_rsp) {
		bool ran = fake_worker_run();

		assert_true(fake_worker_done() || ran);
	}
	return channel->rsp.status;
}

void fake_begin(void)
{
	machine_up();
	/* More than any test has. */
	machine->alloc_limit = MACHINE_FRAMES;
	assert_int_equal(gnttab_open(&fake_xen.gnttab), 0);
	memset(&fake, 0, sizeof fake);
}

void fake_end(void)
{
	assert_int_equal(mapped_pages(), 0);
	assert_int_equal(fake.n_dmabufs, 0);
	assert_int_equal(fake_supplied_pages(), 0);
	free_memories();
	gnttab_close(fake_xen.gnttab);
	machine_down();
}
