/* SPDX-License-Identifier: MIT */
/* A table on standard output, whose columns are as wide as they need to be. */
#ifndef XENAVCTL_TABLE_H
#define XENAVCTL_TABLE_H

#include <stddef.h>

#define TABLE_MOST_COLUMNS 16

/* All zero: empty. */
struct table {
	char **cells;
	size_t n_cells;
	size_t room;
	unsigned n_columns;
	int failed; /* no memory */
};

/* Begin with the heads of the columns. */
void table_begin(struct table *table, const char *const *heads, unsigned n_columns);

/* Append a cell. */
__attribute__((format(printf, 2, 3))) void table_add(struct table *table, const char *format, ...);

/* Print it, and free it. @return 0 or -ENOMEM. */
int table_print(struct table *table);

#endif
