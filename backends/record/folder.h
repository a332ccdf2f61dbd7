/* SPDX-License-Identifier: MIT */
/*
 * The output folder: its free names, and the share of each guest.
 *
 * Files are counted once when the folder is opened, and again, at most every ten seconds, when a
 * guest has reached a limit: deleted files make room.  Names come from a counter for each stream
 * and connector, and a file is only created under a free name.
 */
#ifndef XENAV_RECORD_FOLDER_H
#define XENAV_RECORD_FOLDER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "names.h"

struct folder_limits {
	mode_t mode;        /* of files */
	uint64_t max_files; /* of each guest; 0: no limit */
	uint64_t max_bytes;
};

/* Share of one guest; lives as long as the folder. */
struct account {
	char guest[NAME_SIZE]; /* from name_guest() */
	uint64_t files;
	uint64_t bytes;
	uint64_t reserved_files; /* for pictures that are not written yet */
	uint64_t reserved_bytes;
	bool told;             /* the user knows that a limit is reached */
	uint64_t memory_bytes; /* of copies of frames; frames.c counts them */
};

struct folder {
	int fd;
	struct folder_limits limits;
	void *accounts; /* trees of search.h */
	void *series;
	uint64_t counted_ns;
};

/*
 * Open the folder, or make it: searchable by its owner and by the users that the mode of files lets
 * read them.
 *
 * @return 0, -EACCES if the folder is not writable, or another -errno of making or opening it.
 */
int folder_open(struct folder *f, const char *path, const struct folder_limits *limits);

/* Forget everything; idempotent. */
void folder_close(struct folder *f);

/* The account of a guest, made if it is new; NULL without memory. */
struct account *folder_account(struct folder *f, const char *guest);

/*
 * Create the next recording of that base and fill in its name.
 *
 * @return a descriptor for reading and writing, -EDQUOT if the guest has reached a limit, -EEXIST
 * if other programs have taken too many names, -ENOMEM, or another -errno.
 */
int folder_create(struct folder *f, struct account *a, const char *base, const char *ext,
		  char name[NAME_SIZE]);

/* The highest number of a file of that base, or 0. */
uint64_t folder_last(struct folder *f, const char *base);

/* Raise that number to at least n.  @return 0 or -ENOMEM. */
int folder_number(struct folder *f, const char *base, uint64_t n);

/* Account for more bytes of a created file, before they are written.  @return 0 or -EDQUOT. */
int folder_grow(struct folder *f, struct account *a, uint64_t bytes);

/* Account for bytes that were cut off a file. */
void folder_shrink(struct account *a, uint64_t bytes);

/* Room for a file that is not made yet; all zero: none. */
struct room {
	uint64_t files;
	uint64_t bytes;
};

/*
 * Reserve room for a file of up to that many bytes: for base.png, which replaces an existing file,
 * or for a file with a number.
 *
 * @return 0 or -EDQUOT
 */
int folder_reserve(struct folder *f, struct account *a, const char *base, bool numbered,
		   uint64_t bytes, struct room *room);

/* Give reserved room back, and zero it. */
void folder_unreserve(struct account *a, struct room *room);

/* Account for the finished file of a reservation. */
void folder_added(struct folder *f, struct account *a, const char *base, bool numbered,
		  uint64_t bytes);

/* Is a limit reached for the first time since there was room? */
bool folder_is_news(struct account *a);

#endif
