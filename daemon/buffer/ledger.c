/* SPDX-License-Identifier: MIT */
/*
 * See ledger.h.  A memfd has no name, so the kernel deletes it with its last descriptor or mapping
 * in any process; inotify reports IN_DELETE_SELF.
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

#include "buffer/account.h"
#include "buffer/ledger.h"
#include "config/policy.h"
#include "report/log.h"
#include "xenshbuf.h"

/* Small copies cost the kernel memory, too. */
#define MIN_PAGES 16u

/* Limit of copies per user: each takes one of the kernel's watches (fs.inotify.max_user_watches,
 * 8192 on a small dom0), which all users need. */
#define MAX_COPIES 1024u

/* There can be thousands of watches. */
#define BUCKETS 256u

struct ledger_entry {
	struct payer payer;
	int watch; /* -1: none */
	bool left; /* xenavd has released it; the guest is not charged */
	LIST_ENTRY(ledger_entry) link;
};

static LIST_HEAD(, ledger_entry) bound[BUCKETS];
static int inotify = -1;
static struct event *readable;

/* -------- entries -------- */

int ledger_enter(struct ledger_entry **out, const struct guest_info *guest, uid_t uid,
		 uint64_t size_bytes)
{
	const uint64_t exact =
		size_bytes / XENSHBUF_PAGE_BYTES + (size_bytes % XENSHBUF_PAGE_BYTES != 0);
	struct ledger_entry *entry;
	int rc;

	if (exact > UINT32_MAX)
		return -ENOSPC;
	entry = calloc(1, sizeof *entry);
	if (!entry)
		return -ENOMEM;
	entry->payer = (struct payer){
		.domid = guest->domid,
		.uid = uid,
		.section = account_section(uid),
		.pages = exact < MIN_PAGES ? MIN_PAGES : (uint32_t)exact,
	};
	entry->watch = -1;
	rc = account_charge_copy(&entry->payer, guest);
	if (rc < 0) {
		free(entry);
		return rc;
	}
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
		account_uncharge_guest(&entry->payer);
	entry->left = true;
}

static void finish(struct ledger_entry *entry)
{
	leave_guest(entry);
	account_uncharge_user(&entry->payer);
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

/* -------- events of the kernel -------- */

static struct ledger_entry *find_left(int watch)
{
	struct ledger_entry *entry;

	LIST_FOREACH (entry, &bound[(unsigned)watch % BUCKETS], link)
		if (entry->watch == watch && entry->left)
			return entry;
	return NULL;
}

/* The kernel dropped events: forget all copies that only consumers have.  Its queue holds more than
 * 16000 events, so this happens under attack only, and the memory is freed nevertheless. */
static void on_overflow(void)
{
	log_err("The kernel has lost events about the memory that consumers hold");
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

static void on_readable(evutil_socket_t fd, short, void *)
{
	char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	const ssize_t n = read(fd, buffer, sizeof buffer);
	const struct inotify_event *event;

	for (ssize_t at = 0; at < n; at += (ssize_t)(sizeof *event + event->len)) {
		event = (const void *)(buffer + at);
		on_event(event);
	}
}

int ledger_start(struct event_base *base, uint32_t max_held_pages, uint32_t max_all_pages)
{
	inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (inotify < 0)
		return -errno;
	readable = event_new(base, inotify, EV_READ | EV_PERSIST, on_readable, NULL);
	if (!readable || event_add(readable, NULL) < 0) {
		ledger_stop();
		return -ENOMEM;
	}
	ledger_limit(max_held_pages, max_all_pages);
	return 0;
}

void ledger_limit(uint32_t max_held_pages, uint32_t max_all_pages)
{
	account_limit(&(struct account_limits){
		.user_pages = max_held_pages,
		.user_copies = MAX_COPIES,
		.all_pages = max_all_pages,
	});
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
	account_limit(&(struct account_limits)ACCOUNT_NO_LIMITS);
	account_forget_all();
}
