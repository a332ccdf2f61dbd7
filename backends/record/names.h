/* SPDX-License-Identifier: MIT */
/*
 * Names of files, made from the names of guests and their unique-ids.  Pure.
 *
 * In both, A-Z a-z 0-9 . _ - stay as they are and every other byte becomes %XX.  So neither holds a
 * '+', which separates the parts of a name, and two of them are equal only if the originals are.
 */
#ifndef XENAV_RECORD_NAMES_H
#define XENAV_RECORD_NAMES_H

#include <stdbool.h>

/* Room for any name made here, with a few more characters around it. */
#define NAME_SIZE 256

/* The part of a name for a guest.  A guest with an unknown name, or one that may be cut, gets its
 * number as well: NAME#DOMID. */
void name_guest(char out[NAME_SIZE], const char *domain, unsigned int domid);

/* kind+guest+unique_id; guest is from name_guest().  A long unique-id is cut. */
void name_base(char out[NAME_SIZE], const char *kind, const char *guest, const char *unique_id);

/* base~n, for the n-th connector with the same unique-id. */
void name_marked(char out[NAME_SIZE], const char *base, unsigned int n);

/* base.ext for n = 1, base+n.ext for others. */
void name_numbered(char out[NAME_SIZE], const char *base, unsigned long long n, const char *ext);

/* base+NNNNNN.ext */
void name_frame(char out[NAME_SIZE], const char *base, unsigned long long n, const char *ext);

struct name_parts {
	char guest[NAME_SIZE];
	char base[NAME_SIZE];
	unsigned long long number; /* 0: none */
};

/* Take the name of a file apart; false if it was not made here. */
bool name_parse(const char *name, struct name_parts *parts);

#endif
