/* SPDX-License-Identifier: MIT */
/* See copy.h. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "buffer/copy.h"
#include "buffer/ledger.h"
#include "xenshbuf.h"

bool copy_fits(const struct copy *copy, size_t size_bytes)
{
	return copy->mem.data && copy->mem.size_bytes >= size_bytes &&
	       copy->mem.size_bytes - size_bytes < XENSHBUF_PAGE_BYTES;
}

int copy_reserve(struct copy *copy, const struct guest_info *guest, uid_t uid, size_t size_bytes)
{
	int rc;

	/* copy_make() or copy_begin() unmaps the present copy. */
	copy_leave(copy);
	rc = ledger_enter(&copy->entry, guest, uid, size_bytes);
	if (rc < 0)
		outmem_destroy(&copy->mem);
	return rc;
}

int copy_make(struct copy *copy, size_t size_bytes, bool writable)
{
	outmem_destroy(&copy->mem);
	return outmem_create(&copy->mem, size_bytes, writable);
}

int copy_begin(struct copy *copy, size_t size_bytes)
{
	outmem_destroy(&copy->mem);
	return outmem_begin(&copy->mem, size_bytes);
}

int copy_extend(struct copy *copy, size_t n_bytes, bool writable)
{
	return outmem_extend(&copy->mem, n_bytes, writable);
}

void copy_settle(struct copy *copy)
{
	if (copy->mem.data)
		ledger_bind(copy->entry, copy->mem.watch);
	else
		copy_destroy(copy);
}

void copy_leave(struct copy *copy)
{
	ledger_leave(copy->entry);
	copy->entry = NULL;
}

void copy_destroy(struct copy *copy)
{
	outmem_destroy(&copy->mem);
	copy_leave(copy);
}

const char *copy_strerror(int error)
{
	switch (error) {
	case -ENOSPC:
		return "the guest has too much memory in copies (copied-mib)";
	case -EDQUOT:
		return "the user holds too much memory, or too much of this guest (held-mib), or "
		       "all users do (all-held-mib)";
	case -EUSERS:
		return "the kernel watches no more files for xenavd "
		       "(fs.inotify.max_user_watches)";
	default:
		return strerror(-error);
	}
}
