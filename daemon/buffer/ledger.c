/* SPDX-License-Identifier: MIT */
/*
 * See ledger.h.  A memfd has no name from the beginning, so the kernel deletes it when the last
 * descriptor or mapping goes, wherever that is: inotify calls this IN_DELETE_SELF.
 */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/queue.h>
#include <unistd.h>

#include "buffer/ledger.h"
#include "config/policy.h"
#include "report/log.h"

#define PAGE_BYTES 4096u

/* What the kernel keeps for itself is not for nothing, however small the copy. */
#define MIN_PAGES 16u

/*
 * Each copy is watched, and the kernel has no more watches for us than fs.inotify.max_user_watches:
 * 8192 on a small dom0.  Without this a user that keeps small ones would leave none for the others.
 */
#define MAX_COPIES 1024u

/* Entries are found by their watch, of which there can be thousands. */
#define BUCKETS 256u

enum kind { GUEST, USER };

struct account {
	enum kind kind;
	uint32_t id; /* domid or uid */
	uint32_t pages;
	uint32_t n_copies;
	LIST_ENTRY(account) link;
};

struct ledger_entry {
	uint16_t domid;
	uid_t uid;
	uint32_t pages;
	int watch; /* -1: none */
	bool left; /* by us, and the guest does not pay any more */
	LIST_ENTRY(ledger_entry) link;
};

static LIST_HEAD(, account) accounts = LIST_HEAD_INITIALIZER(accounts);
static LIST_HEAD(, ledger_entry) bound[BUCKETS];
static uint32_t max_held = UINT32_MAX;
static int inotify = -1;
static struct event *readable;

/* -------- accounts -------- */

static struct account *find(enum kind kind, uint32_t id)
{
	struct account *account;

	LIST_FOREACH (account, &accounts, link)
		if (account->kind == kind && account->id == id)
			return account;
	return NULL;
}

/* @return 0, -ENOSPC or -ENOMEM. */
static int charge(enum kind kind, uint32_t id, uint32_t max, uint32_t max_copies, uint32_t pages)
{
	struct account *account = find(kind, id);
	const uint32_t used = account ? account->pages : 0;

	if (used > max || pages > max - used || (account && account->n_copies >= max_copies))
		return -ENOSPC;
	if (!account) {
		account = calloc(1, sizeof *account);
		if (!account)
			return -ENOMEM;
		account->kind = kind;
		account->id = id;
		LIST_INSERT_HEAD(&accounts, account, link);
	}
	account->pages += pages;
	account->n_copies++;
	return 0;
}

static void uncharge(enum kind kind, uint32_t id, uint32_t pages)
{
	struct account *account = find(kind, id);

	if (!account)
		return;
	account->pages -= pages;
	if (--account->n_copies == 0) {
		LIST_REMOVE(account, link);
		free(account);
	}
}

uint32_t ledger_held_pages(uid_t uid)
{
	const struct account *account = find(USER, uid);

	return account ? account->pages : 0;
}

/* -------- entries -------- */

int ledger_enter(struct ledger_entry **out, const struct guest_info *guest, uid_t uid,
		 uint64_t size_bytes)
{
	const uint64_t exact = size_bytes / PAGE_BYTES + (size_bytes % PAGE_BYTES != 0);
	const bool limited = uid != 0 && inotify >= 0;
	struct ledger_entry *entry;
	uint32_t pages;
	int rc;

	if (exact > UINT32_MAX)
		return -ENOSPC;
	pages = exact < MIN_PAGES ? MIN_PAGES : (uint32_t)exact;
	entry = calloc(1, sizeof *entry);
	if (!entry)
		return -ENOMEM;
	rc = charge(GUEST, guest->domid, guest->policy.max_copied_pages, UINT32_MAX, pages);
	if (rc < 0) {
		free(entry);
		return rc;
	}
	rc = charge(USER, uid, limited ? max_held : UINT32_MAX, limited ? MAX_COPIES : UINT32_MAX,
		    pages);
	if (rc < 0) {
		uncharge(GUEST, guest->domid, pages);
		free(entry);
		return rc == -ENOSPC ? -EDQUOT : rc;
	}
	entry->domid = guest->domid;
	entry->uid = uid;
	entry->pages = pages;
	entry->watch = -1;
	*out = entry;
	return 0;
}

int ledger_watch(int fd, int *watch)
{
	char path[32];

	*watch = -1;
	if (inotify < 0)
		return 0;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	*watch = inotify_add_watch(inotify, path, IN_DELETE_SELF);
	if (*watch >= 0)
		return 0;
	return errno == ENOSPC ? -EUSERS : -errno;
}

void ledger_bind(struct ledger_entry *entry, int watch)
{
	if (watch < 0)
		return;
	entry->watch = watch;
	LIST_INSERT_HEAD(&bound[(unsigned)watch % BUCKETS], entry, link);
}

static void leave_guest(struct ledger_entry *entry)
{
	if (!entry->left)
		uncharge(GUEST, entry->domid, entry->pages);
	entry->left = true;
}

static void finish(struct ledger_entry *entry)
{
	leave_guest(entry);
	uncharge(USER, entry->uid, entry->pages);
	if (entry->watch >= 0)
		LIST_REMOVE(entry, link);
	free(entry);
}

void ledger_leave(struct ledger_entry *entry)
{
	if (!entry)
		return;
	leave_guest(entry);
	if (entry->watch < 0)
		finish(entry);
}

/* -------- what the kernel says -------- */

static struct ledger_entry *find_left(int watch)
{
	struct ledger_entry *entry;

	LIST_FOREACH (entry, &bound[(unsigned)watch % BUCKETS], link)
		if (entry->watch == watch && entry->left)
			return entry;
	return NULL;
}

/* Ends of memory that we were not told of.  What is still held is forgiven: there are more than
 * 16000 of them, so this happens to nobody by chance, and it ends all the same. */
static void on_overflow(void)
{
	log_err("The kernel has lost track of the memory that consumers hold");
	for (unsigned i = 0; i < BUCKETS; i++) {
		struct ledger_entry *entry = LIST_FIRST(&bound[i]);

		while (entry) {
			struct ledger_entry *next = LIST_NEXT(entry, link);

			if (entry->left) {
				inotify_rm_watch(inotify, entry->watch);
				finish(entry);
			}
			entry = next;
		}
	}
}

static void on_event(const struct inotify_event *event)
{
	struct ledger_entry *entry;

	if (event->mask & IN_Q_OVERFLOW)
		on_overflow();
	if (!(event->mask & IN_DELETE_SELF))
		return;
	entry = find_left(event->wd);
	if (entry)
		finish(entry);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	const ssize_t n = read(fd, buffer, sizeof buffer);
	const struct inotify_event *event;

	for (ssize_t at = 0; at < n; at += (ssize_t)(sizeof *event + event->len)) {
		event = (const void *)(buffer + at);
		on_event(event);
	}
}

int ledger_start(struct event_base *base, uint32_t max_held_pages)
{
	inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (inotify < 0)
		return -errno;
	readable = event_new(base, inotify, EV_READ | EV_PERSIST, on_readable, NULL);
	if (!readable || event_add(readable, NULL) < 0) {
		ledger_stop();
		return -ENOMEM;
	}
	max_held = max_held_pages;
	return 0;
}

void ledger_stop(void)
{
	for (unsigned i = 0; i < BUCKETS; i++)
		while (!LIST_EMPTY(&bound[i]))
			finish(LIST_FIRST(&bound[i]));
	if (readable)
		event_free(readable);
	readable = NULL;
	if (inotify >= 0)
		close(inotify);
	inotify = -1;
	max_held = UINT32_MAX;
}
