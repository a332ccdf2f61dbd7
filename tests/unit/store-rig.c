/* SPDX-License-Identifier: MIT */
/* See store-rig.h. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <xenstore.h>

#include "count-fds.h"
#include "store-rig.h"
#include "xen/wake.h"

struct knowledge knowledge;
struct mailbox mailbox;
static const struct store_kind vsnd = {"vsnd", "vsnd", "2", false, NULL};
const struct store_kind vdispl = {"vdispl", "vdispl", "1,2", false, NULL};
const struct store_kind *const kinds[] = {&vsnd, &vdispl, NULL};
const struct device_id sound = {&vsnd, 3, 0};

/* -------- xenstored -------- */

struct fake_xs xs;

/* The event that comes with a watch comes at once. */
bool xs_watch(struct xs_handle *, const char *path, const char *token)
{
	errno = E2BIG;
	if (xs.no_watches)
		return false;
	if (strcmp(path, FE "/state") == 0)
		xs.n_watches++;
	if (strstr(path, "/device/"))
		tell(path, token);
	return true;
}

bool xs_unwatch(struct xs_handle *, const char *, const char *)
{
	assert_int_not_equal(xs.n_watches--, 0);
	return true;
}

void *xs_read(struct xs_handle *, xs_transaction_t, const char *path, unsigned *)
{
	const char *value = "x";

	xs.n_asked++;
	if (strcmp(path, BE "/frontend-id") == 0)
		value = xs.be_state ? "3" : NULL;
	else if (strcmp(path, BE "/state") == 0)
		value = xs.be_state;
	else if (strcmp(path, FE "/state") == 0)
		value = xs.fe_state;
	else if (strcmp(path, FE "/0/ring-ref") == 0)
		value = xs.ring;
	else if (strcmp(path, "domid") == 0)
		value = "0";
	if (!value)
		errno = ENOENT;
	return value ? strdup(value) : NULL;
}

xs_transaction_t xs_transaction_start(struct xs_handle *)
{
	return 1;
}

/* Writing a state makes an event. */
bool xs_write(struct xs_handle *, xs_transaction_t, const char *path, const void *, unsigned)
{
	if (strcmp(path, BE "/state") == 0)
		wake_up(xs.fd);
	return true;
}

bool xs_transaction_end(struct xs_handle *, xs_transaction_t, bool)
{
	return true;
}

char **xs_check_watch(struct xs_handle *)
{
	static const char texts[] = BE "/state\0" STORE_BASE_TOKEN;
	uint64_t count;
	char **event;

	if (read(xs.fd, &count, sizeof count) < 0)
		return NULL;
	event = malloc(2 * sizeof *event + sizeof texts);
	memcpy(event + 2, texts, sizeof texts);
	event[XS_WATCH_PATH] = (char *)(event + 2);
	event[XS_WATCH_TOKEN] = (char *)(event + 2) + strlen(texts) + 1;
	return event;
}

struct xs_handle *xs_open(unsigned long)
{
	return (struct xs_handle *)(void *)&xs;
}

void xs_close(struct xs_handle *)
{
}

int xs_fileno(struct xs_handle *)
{
	return xs.fd;
}

char **xs_directory(struct xs_handle *, xs_transaction_t, const char *path, unsigned *num)
{
	char **names = calloc(1, sizeof *names + 16);

	*num = 0;
	xs.n_listed++;
	if (!names || strstr(path, "/vdispl"))
		return names;
	names[0] = (char *)(names + 1);
	if (strcmp(path, "/local/domain/0/backend/vsnd") == 0)
		strcpy(names[(*num)++], "3");
	else if (strcmp(path, "/local/domain/0/backend/vsnd/3") == 0)
		strcpy(names[(*num)++], "0");
	else if (strcmp(path, "/local/domain") == 0 && !xs.unlisted)
		strcpy(names[(*num)++], "3");
	else if (strcmp(path, FE) == 0)
		strcpy(names[(*num)++], "0");
	else if (strcmp(path, FE "/0") == 0)
		strcpy(names[(*num)++], "ring-ref");
	return names;
}

bool xs_is_domain_introduced(struct xs_handle *, unsigned int)
{
	xs.n_asked_domain++;
	errno = xs.hidden ? EACCES : 0;
	return xs.alive && !xs.hidden;
}

/* -------- memory -------- */

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

_Atomic size_t no_memory_for;
atomic_uint n_refused;

void *__wrap_calloc(size_t n, size_t size)
{
	if (no_memory_for == 0 || size != no_memory_for)
		return __real_calloc(n, size);
	n_refused++;
	return NULL;
}

/* -------- the rest -------- */

static int fds_before;

int store_rig_begin(void **)
{
	fds_before = count_fds();
	memset(&xs, 0, sizeof xs);
	xs.alive = true;
	xs.be_state = "4";
	xs.fe_state = "1";
	xs.ring = "8";
	xs.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	no_memory_for = 0;
	n_refused = 0;
	log_threshold = LOG_LEVEL_ERR;
	store_known_init(&knowledge, kinds, &mailbox);
	return mailbox_init(&mailbox);
}

bool take_view(struct store_view *view)
{
	struct parcel *parcel = STAILQ_FIRST(&mailbox.parcels);

	if (!parcel)
		return false;
	STAILQ_REMOVE_HEAD(&mailbox.parcels, link);
	*view = parcel->view;
	tree_destroy(view->config);
	free(parcel);
	return true;
}

int store_rig_end(void **)
{
	store_known_finish(&knowledge);
	mailbox_finish(&mailbox);
	close(xs.fd);
	assert_int_equal(count_fds(), fds_before);
	return 0;
}

void tell(const char *path, const char *token)
{
	char text[2][96];
	char *event[] = {text[XS_WATCH_PATH], text[XS_WATCH_TOKEN]};

	strcpy(text[XS_WATCH_PATH], path);
	strcpy(text[XS_WATCH_TOKEN], token);
	store_take_event(&knowledge, event);
}
