/* SPDX-License-Identifier: MIT */
/*
 * Questions of the store thread to xenstored: counted, and with the difference between a node that
 * is missing and an xenstored that does not answer.  Blocks.
 */
#ifndef XENAVD_STORE_ASK_H
#define XENAVD_STORE_ASK_H

#include <stdbool.h>
#include <stdint.h>

struct xs_handle;

/* A series of questions. */
struct store_asker {
	struct xs_handle *xs;
	uint32_t requests; /* so many have been sent */
	bool unanswered;   /* one failed in a way in which missing nodes do not: is xenstored there?
			    */
};

/* The value at a path, the caller's to free; NULL when there is none. */
char *store_ask(struct store_asker *a, const char *path);

/* The names in a directory in one block, the caller's to free; NULL, and *n is 0, without one. */
char **store_ask_directory(struct store_asker *a, const char *path, unsigned *n);

/* The number at a path; otherwise if there is none, or no number of 16 bits. */
int store_ask_number(struct store_asker *a, const char *path, int otherwise);

/* Does xenstored know the domain?  A driver domain may not ask for that: then *hidden is set. */
bool store_ask_domain(struct store_asker *a, uint16_t domid, bool *hidden);

#endif
