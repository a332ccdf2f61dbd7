/* SPDX-License-Identifier: MIT */
/* See folder.h. */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "folder.h"

#define COUNT_INTERVAL_NS (10 * NS_PER_S)

/* Size of the header of a recording, roughly: many files are stopped by their number. */
#define HEADER_BYTES 128

/* Limit of names in a row that other programs have taken meanwhile. */
#define CREATE_TRIES 1000

/* The files of one base. */
struct series {
	char base[NAME_SIZE];
	uint64_t last;         /* the highest number in use */
	uint64_t newest_bytes; /* size of the file without a number, which is replaced each time */
};

/* Compare accounts or series: both begin with their name. */
static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void *find_or_make(void **tree, const char *name, size_t size)
{
	void *const *found = tfind(name, tree, compare);
	char *made;

	if (found)
		return *found;
	made = calloc(1, size);
	if (!made)
		return NULL;
	strncpy(made, name, NAME_SIZE - 1);
	if (tsearch(made, tree, compare))
		return made;
	free(made);
	return NULL;
}

struct account *folder_account(struct folder *f, const char *guest)
{
	return find_or_make(&f->accounts, guest, sizeof(struct account));
}

static struct series *series_of(struct folder *f, const char *base)
{
	return find_or_make(&f->series, base, sizeof(struct series));
}

/* -------- counting -------- */

static void forget_account(const void *node, VISIT visit, int)
{
	struct account *a = *(struct account *const *)node;

	if (visit == preorder || visit == leaf)
		a->files = a->bytes = 0;
}

static void forget_newest(const void *node, VISIT visit, int)
{
	struct series *s = *(struct series *const *)node;

	if (visit == preorder || visit == leaf)
		s->newest_bytes = 0;
}

static int count_file(struct folder *f, const char *name)
{
	struct name_parts parts;
	struct account *a;
	struct series *s;
	struct stat st;

	if (!name_parse(name, &parts) || fstatat(f->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	a = folder_account(f, parts.guest);
	s = series_of(f, parts.base);
	if (!a || !s)
		return -ENOMEM;
	a->files++;
	a->bytes += (uint64_t)st.st_size;
	if (parts.number == 0 && !strcmp(name + strlen(name) - 4, ".png"))
		s->newest_bytes = (uint64_t)st.st_size;
	else if (s->last < (parts.number ? parts.number : 1))
		s->last = parts.number ? parts.number : 1;
	return 0;
}

static int count(struct folder *f)
{
	const int fd = openat(f->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *entry;
	int rc = 0;
	DIR *dir;

	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	twalk(f->accounts, forget_account);
	twalk(f->series, forget_newest);
	while (rc == 0 && (entry = readdir(dir)))
		rc = count_file(f, entry->d_name);
	closedir(dir);
	f->counted_ns = monotonic_ns();
	return rc;
}

/* Is there room?  Count again before saying no. */
static int check(struct folder *f, struct account *a, uint64_t files, uint64_t bytes)
{
	const struct folder_limits *l = &f->limits;

	for (unsigned int look = 0; look < 2; look++) {
		const uint64_t have_files = a->files + a->reserved_files;
		const uint64_t have_bytes = a->bytes + a->reserved_bytes;

		if ((!l->max_files || !files || have_files + files <= l->max_files) &&
		    (!l->max_bytes || have_bytes + bytes <= l->max_bytes)) {
			a->told = false;
			return 0;
		}
		if (look || monotonic_ns() - f->counted_ns < COUNT_INTERVAL_NS || count(f) < 0)
			break;
	}
	return -EDQUOT;
}

bool folder_is_news(struct account *a)
{
	const bool news = !a->told;

	a->told = true;
	return news;
}

/* -------- the folder -------- */

int folder_open(struct folder *f, const char *path, const struct folder_limits *limits)
{
	const mode_t search = S_IXUSR | (limits->mode & (S_IRGRP | S_IROTH)) >> 2;
	int rc;

	*f = (struct folder){.fd = -1, .limits = *limits};
	if (mkdir(path, S_IRUSR | S_IWUSR | limits->mode | search) < 0 && errno != EEXIST)
		return -errno;
	f->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->fd < 0)
		return -errno;
	rc = faccessat(f->fd, ".", W_OK, 0) < 0 ? -errno : count(f);
	if (rc < 0)
		folder_close(f);
	return rc;
}

void folder_close(struct folder *f)
{
	tdestroy(f->accounts, free);
	tdestroy(f->series, free);
	if (f->fd >= 0)
		close(f->fd);
	*f = (struct folder){.fd = -1};
}

int folder_create(struct folder *f, struct account *a, const char *base, const char *ext,
		  char name[NAME_SIZE])
{
	struct series *s = series_of(f, base);
	int rc;

	if (!s)
		return -ENOMEM;
	name_numbered(name, base, s->last + 1, ext);
	rc = check(f, a, 1, HEADER_BYTES);
	if (rc < 0)
		return rc;
	for (unsigned int i = 0; i < CREATE_TRIES; i++) {
		int fd;

		name_numbered(name, base, ++s->last, ext);
		fd = openat(f->fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    f->limits.mode);
		if (fd >= 0) {
			a->files++;
			a->bytes += HEADER_BYTES;
			return fd;
		}
		if (errno != EEXIST) {
			s->last--;
			return -errno;
		}
	}
	return -EEXIST;
}

uint64_t folder_last(struct folder *f, const char *base)
{
	struct series *const *s = tfind(base, &f->series, compare);

	return s ? (*s)->last : 0;
}

int folder_number(struct folder *f, const char *base, uint64_t n)
{
	struct series *s = series_of(f, base);

	if (!s)
		return -ENOMEM;
	if (s->last < n)
		s->last = n;
	return 0;
}

int folder_grow(struct folder *f, struct account *a, uint64_t bytes)
{
	const int rc = check(f, a, 0, bytes);

	if (rc == 0)
		a->bytes += bytes;
	return rc;
}

void folder_shrink(struct account *a, uint64_t bytes)
{
	a->bytes -= bytes < a->bytes ? bytes : a->bytes;
}

int folder_reserve(struct folder *f, struct account *a, const char *base, bool numbered,
		   uint64_t bytes, struct room *room)
{
	struct series *const *s = tfind(base, &f->series, compare);
	const uint64_t files = numbered || !s || !(*s)->newest_bytes;
	const int rc = check(f, a, files, bytes);

	if (rc < 0)
		return rc;
	*room = (struct room){files, bytes};
	a->reserved_files += files;
	a->reserved_bytes += bytes;
	return 0;
}

void folder_unreserve(struct account *a, struct room *room)
{
	a->reserved_files -= room->files;
	a->reserved_bytes -= room->bytes;
	*room = (struct room){0};
}

void folder_added(struct folder *f, struct account *a, const char *base, bool numbered,
		  uint64_t bytes)
{
	struct series *s = numbered ? NULL : series_of(f, base);

	if (s && s->newest_bytes) {
		folder_shrink(a, s->newest_bytes);
		a->files -= a->files > 0;
	}
	a->files++;
	a->bytes += bytes;
	if (s)
		s->newest_bytes = bytes;
}
