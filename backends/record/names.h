/* SPDX-License-Identifier: MIT */
/*
 * Names of files, made from what guests say.  Pure.
 *
 * A guest's name and a unique-id are written with A-Z a-z 0-9 . _ - as they are and every other
 * byte as %XX.  So they hold no '+', which stands between the parts of a name, and two of them are
 * equal only where the originals are.
 */
#ifndef XENAV_RECORD_NAMES_H
#define XENAV_RECORD_NAMES_H

#include <stdbool.h>

/* Room for any name made here, with a few more characters around it. */
#define NAME_SIZE 256

/* A guest as it stands in names.  One whose name is unknown, or may have been cut, gets its number
 * as well: NAME#DOMID. */
void name_guest(char out[NAME_SIZE], const char *domain, unsigned int domid);

/* kind+guest+unique_id; guest is from name_guest().  A long unique-id is cut. */
void name_base(char out[NAME_SIZE], const char *kind, const char *guest, const char *unique_id);

/* base~n, for what cannot be told apart by its unique-id. */
void name_marked(char out[NAME_SIZE], const char *base, unsigned int n);

/* base.ext for n = 1, base+n.ext for others. */
void name_numbered(char out[NAME_SIZE], const char *base, unsigned long long n, const char *ext);

/* base+NNNNNN.ext */
void name_frame(char out[NAME_SIZE], const char *base, unsigned long long n, const char *ext);

struct name_parts {
	char guest[NAME_SIZE];
	char base[NAME_SIZE];
	unsigned long long number; /* 0: it has none */
};

/* Take the name of a file apart; false if it is none that was made here. */
bool name_parse(const char *name, struct name_parts *parts);

#endif
