/* SPDX-License-Identifier: MIT */
/* See display-fake.h. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/container.h"
#include "display-fake.h"
#include "test.h"
#include "xen/dmabuf.h"
#include "xen/gntdev.h"
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
	int fd;
	uint8_t *data;
	size_t size_bytes;
} memories[MEMORIES];
static unsigned n_memories;

struct xenshbuf {
	void *data;
	size_t size_bytes;
	bool supplied;
	int fd;        /* of what is supplied */
	uint32_t gref; /* stands for all descriptors */
};

uint8_t *fake_memory(uint32_t gref, size_t size_bytes)
{
	for (unsigned i = 0; i < n_memories; i++) {
		if (memories[i].gref == gref) {
			assert_true(size_bytes <= memories[i].size_bytes);
			return memories[i].data;
		}
	}
	assert_true(n_memories < MEMORIES);
	size_bytes = (size_bytes + 4095) / 4096 * 4096;
	memories[n_memories].gref = gref;
	memories[n_memories].size_bytes = size_bytes;
	memories[n_memories].fd = memfd_create("guest", MFD_CLOEXEC);
	assert_true(memories[n_memories].fd >= 0);
	assert_int_equal(ftruncate(memories[n_memories].fd, (off_t)size_bytes), 0);
	memories[n_memories].data = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
					 memories[n_memories].fd, 0);
	assert_true(memories[n_memories].data != MAP_FAILED);
	return memories[n_memories++].data;
}

static void free_memories(void)
{
	for (unsigned i = 0; i < n_memories; i++) {
		munmap(memories[i].data, memories[i].size_bytes);
		close(memories[i].fd);
	}
	n_memories = 0;
}

int gnttab_map_buffer(struct gnttab *, uint16_t, uint32_t gref_directory, uint32_t size_bytes,
		      bool writable, struct xenshbuf **out)
{
	struct xenshbuf *buf;

	if (fake.map_rc < 0)
		return fake.map_rc;
	for (unsigned i = 0; i < n_memories; i++) {
		if (memories[i].gref != gref_directory)
			continue;
		if (size_bytes > memories[i].size_bytes)
			return -EINVAL;
		buf = calloc(1, sizeof *buf);
		assert_non_null(buf);
		buf->size_bytes = (size_t)xenshbuf_pages(size_bytes) * 4096;
		buf->gref = gref_directory;
		buf->data =
			mmap(NULL, buf->size_bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ,
			     MAP_SHARED, memories[i].fd, 0);
		assert_true(buf->data != MAP_FAILED);
		__atomic_add_fetch(&fake.n_mapped, 1, __ATOMIC_SEQ_CST);
		__atomic_add_fetch(&fake.n_maps, 1, __ATOMIC_SEQ_CST);
		fake.n_writable += writable;
		fake.last_map_bytes = size_bytes;
		*out = buf;
		return 0;
	}
	return -EFAULT;
}

int gnttab_provide_buffer(struct gnttab *, uint16_t, uint32_t, uint32_t size_bytes,
			  struct xenshbuf **buf)
{
	if (fake.supply_rc < 0)
		return fake.supply_rc;
	if (!*buf) {
		*buf = calloc(1, sizeof **buf);
		assert_non_null(*buf);
		(*buf)->size_bytes = (size_t)xenshbuf_pages(size_bytes) * 4096;
		(*buf)->fd = memfd_create("gntalloc", MFD_CLOEXEC);
		assert_true((*buf)->fd >= 0);
		assert_int_equal(ftruncate((*buf)->fd, (off_t)(4096 + (*buf)->size_bytes)), 0);
		(*buf)->data = mmap(NULL, (*buf)->size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
				    (*buf)->fd, 4096);
		assert_true((*buf)->data != MAP_FAILED);
		(*buf)->supplied = true;
		fake.n_supplied++;
	}
	assert_true(size_bytes <= (*buf)->size_bytes);
	memset((*buf)->data, 0, (*buf)->size_bytes);
	fake.last_supplied = (*buf)->data;
	return 0;
}

/* No consumer offers anything here. */
int gnttab_provide_refs(struct gnttab *, uint16_t, uint32_t, uint32_t, const uint32_t *)
{
	return -ENOSYS;
}

int dmabuf_import(struct dmabuf_import **, uint16_t, int, uint32_t *, uint32_t)
{
	return -ENOSYS;
}

int dmabuf_import_end(struct dmabuf_import *)
{
	return 0;
}

int xenshbuf_gntalloc_fd(const struct xenshbuf *buf)
{
	return buf->supplied ? buf->fd : -ENOTTY;
}

/* Not 0, as with Linux, to see that the engine asks for it. */
uint64_t xenshbuf_gntalloc_offset(const struct xenshbuf *buf)
{
	return buf->supplied ? 4096 : 0;
}

int xenshbuf_gntalloc_limit(uint32_t *)
{
	return -ENOENT;
}

int xenshbuf_unmap(struct xenshbuf *buf)
{
	if (!buf)
		return 0;
	if (buf->supplied) {
		fake.n_supplied--;
		munmap(buf->data, buf->size_bytes);
		close(buf->fd);
		free(buf);
		return 0;
	}
	munmap(buf->data, buf->size_bytes);
	free(buf);
	__atomic_sub_fetch(&fake.n_mapped, 1, __ATOMIC_SEQ_CST);
	return 0;
}

/* Displays are never written to page by page. */
int gnttab_map_page(struct gnttab *, uint16_t, uint32_t, void **)
{
	return -ENOSYS;
}

void gnttab_unmap_page(struct gnttab *, void *)
{
}

const uint32_t *xenshbuf_grefs(const struct xenshbuf *buf)
{
	return &buf->gref;
}

/* A descriptor of the guest's memory itself. */
int gntdev_slot(uint16_t, const uint32_t *grefs, uint32_t n, uint64_t *offset_bytes)
{
	if (fake.slot_rc < 0)
		return fake.slot_rc;
	for (unsigned i = 0; i < n_memories; i++) {
		if (memories[i].gref != grefs[0])
			continue;
		assert_true((size_t)n * 4096 <= memories[i].size_bytes);
		__atomic_add_fetch(&fake.n_slots, 1, __ATOMIC_SEQ_CST);
		*offset_bytes = 0;
		return fcntl(memories[i].fd, F_DUPFD_CLOEXEC, 3);
	}
	return -EFAULT;
}

/* A descriptor of that memory, too; in use for as many attempts to release it as the test says. */
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

bool dmabuf_can_export(void)
{
	return fake.dmabufs_available;
}

int dmabuf_export(struct dmabuf **out, uint16_t domid, const uint32_t *grefs, uint32_t n)
{
	uint64_t offset_bytes;
	const unsigned n_slots = fake.n_slots;
	int fd = fake.dmabuf_rc;

	if (fd == 0)
		fd = gntdev_slot(domid, grefs, n, &offset_bytes);
	fake.n_slots = n_slots;
	if (fd < 0)
		return fd;
	*out = malloc(sizeof **out);
	assert_non_null(*out);
	(*out)->fd = fd;
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
	assert_true(fake.n_mapped > 0);
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

void *xenshbuf_data(const struct xenshbuf *buf)
{
	return buf->data;
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
	ch->busy = false;
	memcpy(&channel->rsp, rsp, sizeof channel->rsp);
	channel->n_rsp++;
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

/* -------- requests -------- */

/* Unused bytes have the slot's old contents. */
static struct xendispl_req req_of(uint8_t operation)
{
	struct xendispl_req req;

	memset(&req, 0xa5, sizeof req);
	req.operation = operation;
	return req;
}

struct xendispl_req req_dbuf_create(uint64_t cookie, uint32_t w, uint32_t h, uint32_t bpp,
				    uint32_t size, uint32_t gref)
{
	struct xendispl_req req = req_of(XENDISPL_OP_DBUF_CREATE);

	req.op.dbuf_create.dbuf_cookie = cookie;
	req.op.dbuf_create.width = w;
	req.op.dbuf_create.height = h;
	req.op.dbuf_create.bpp = bpp;
	req.op.dbuf_create.buffer_sz = size;
	req.op.dbuf_create.gref_directory = gref;
	req.op.dbuf_create.data_ofs = 0;
	return req;
}

struct xendispl_req req_dbuf_destroy(uint64_t cookie)
{
	struct xendispl_req req = req_of(XENDISPL_OP_DBUF_DESTROY);

	req.op.dbuf_destroy.dbuf_cookie = cookie;
	return req;
}

struct xendispl_req req_fb_attach(uint64_t dbuf, uint64_t fb, uint32_t w, uint32_t h,
				  uint32_t fourcc)
{
	struct xendispl_req req = req_of(XENDISPL_OP_FB_ATTACH);

	req.op.fb_attach.dbuf_cookie = dbuf;
	req.op.fb_attach.fb_cookie = fb;
	req.op.fb_attach.width = w;
	req.op.fb_attach.height = h;
	req.op.fb_attach.pixel_format = fourcc;
	return req;
}

struct xendispl_req req_fb_detach(uint64_t fb)
{
	struct xendispl_req req = req_of(XENDISPL_OP_FB_DETACH);

	req.op.fb_detach.fb_cookie = fb;
	return req;
}

struct xendispl_req req_set_config(uint64_t fb, uint32_t x, uint32_t y, uint32_t w, uint32_t h,
				   uint32_t bpp)
{
	struct xendispl_req req = req_of(XENDISPL_OP_SET_CONFIG);

	req.op.set_config.fb_cookie = fb;
	req.op.set_config.x = x;
	req.op.set_config.y = y;
	req.op.set_config.width = w;
	req.op.set_config.height = h;
	req.op.set_config.bpp = bpp;
	return req;
}

struct xendispl_req req_pg_flip(uint64_t fb)
{
	struct xendispl_req req = req_of(XENDISPL_OP_PG_FLIP);

	req.op.pg_flip.fb_cookie = fb;
	return req;
}

struct xendispl_req req_get_edid(uint32_t size, uint32_t gref)
{
	struct xendispl_req req = req_of(XENDISPL_OP_GET_EDID);

	req.op.get_edid.buffer_sz = size;
	req.op.get_edid.gref_directory = gref;
	return req;
}

void fake_reset(void)
{
	free_memories();
	memset(&fake, 0, sizeof fake);
}
