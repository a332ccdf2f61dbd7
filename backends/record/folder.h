/* SPDX-License-Identifier: MIT */
/*
 * The output folder: which names are free in it, and how much of it each guest has taken.
 *
 * What is there is counted once when the folder is opened, and again, at most every ten seconds,
 * when a guest has reached a limit: what was deleted makes room.  Names come from a counter for
 * each stream and connector, and files are only created where nothing is.
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

/* What one guest has; lives as long as the folder. */
struct account {
	char guest[NAME_SIZE]; /* from name_guest() */
	uint64_t files;
	uint64_t bytes;
	uint64_t reserved_files; /* for pictures that are not there yet */
	uint64_t reserved_bytes;
	bool told;             /* that a limit is reached */
	uint64_t memory_bytes; /* of copies of what the guest shows, for who makes them */
};

struct folder {
	int fd;
	struct folder_limits limits;
	void *accounts; /* trees of search.h */
	void *series;
	uint64_t counted_ns;
};

/*
 * Open the folder, making it if it is not there: for its owner, and for whom the mode of files
 * lets read them.
 *
 * @return 0, -errno of making or opening it, or -EACCES when nothing can be written into it.
 */
int folder_open(struct folder *f, const char *path, const struct folder_limits *limits);

/* Forget everything; idempotent. */
void folder_close(struct folder *f);

/* What the guest of that name has, made if it is new; NULL without memory. */
struct account *folder_account(struct folder *f, const char *guest);

/*
 * Create the next recording of that base and fill in its name.
 *
 * @return a descriptor for reading and writing, -EDQUOT when the guest has files enough, -EEXIST
 * when names are taken faster than they are found, -ENOMEM, or another -errno.
 */
int folder_create(struct folder *f, struct account *a, const char *base, const char *ext,
		  char name[NAME_SIZE]);

/* The highest number that a file of that base has, or 0. */
uint64_t folder_last(struct folder *f, const char *base);

/* Let it be n at least.  Returns 0 or -ENOMEM. */
int folder_number(struct folder *f, const char *base, uint64_t n);

/* More bytes are about to be written into a file that was created.  Returns 0 or -EDQUOT. */
int folder_grow(struct folder *f, struct account *a, uint64_t bytes);

/* So many were cut off it. */
void folder_shrink(struct account *a, uint64_t bytes);

/* For a file that is still to be made; all zero: nothing. */
struct room {
	uint64_t files;
	uint64_t bytes;
};

/*
 * Keep room for a file of up to so many bytes: for base.png, which replaces the one that is there,
 * or for one with a number.
 *
 * @return 0 or -EDQUOT
 */
int folder_reserve(struct folder *f, struct account *a, const char *base, bool numbered,
		   uint64_t bytes, struct room *room);

/* Give that room back, which is nothing afterwards. */
void folder_unreserve(struct account *a, struct room *room);

/* Such a file is there now, and this large. */
void folder_added(struct folder *f, struct account *a, const char *base, bool numbered,
		  uint64_t bytes);

/* Is this the first time that a limit is reached since there was room? */
bool folder_is_news(struct account *a);

#endif
