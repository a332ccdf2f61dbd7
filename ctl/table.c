/* SPDX-License-Identifier: MIT */
/* See table.h. */
#include <config.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "table.h"

#define FIRST_ROOM 64

/* Characters, not bytes. */
static size_t width(const char *text)
{
	uint32_t c;
	size_t n = 0;
	int len;

	while ((len = utf8_next(text, &c)) != 0) {
		text += len > 0 ? len : 1;
		n++;
	}
	return n;
}

static void put(struct table *table, char *cell)
{
	const size_t room = table->room ? table->room * 2 : FIRST_ROOM;
	char **cells;

	if (table->n_cells == table->room) {
		cells = reallocarray(table->cells, room, sizeof cells[0]);
		if (!cells) {
			table->failed = 1;
			free(cell);
			return;
		}
		table->cells = cells;
		table->room = room;
	}
	table->cells[table->n_cells++] = cell;
}

void table_add(struct table *table, const char *format, ...)
{
	char *cell = NULL;
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&cell, format, ap) < 0)
		cell = NULL;
	va_end(ap);
	if (cell)
		put(table, cell);
	else
		table->failed = 1;
}

void table_begin(struct table *table, const char *const *heads, unsigned n_columns)
{
	*table = (struct table){.n_columns = n_columns};
	for (unsigned i = 0; i < n_columns; i++)
		table_add(table, "%s", heads[i]);
}

static void print_cell(const char *text, size_t wide, int last)
{
	fputs(text, stdout);
	if (last) {
		putchar('\n');
		return;
	}
	for (size_t n = width(text); n < wide + 2; n++)
		putchar(' ');
}

int table_print(struct table *table)
{
	size_t wide[TABLE_MOST_COLUMNS] = {0};

	for (size_t i = 0; !table->failed && i < table->n_cells; i++) {
		size_t *const it = &wide[i % table->n_columns];
		const size_t n = width(table->cells[i]);

		if (n > *it)
			*it = n;
	}
	for (size_t i = 0; !table->failed && i < table->n_cells; i++)
		print_cell(table->cells[i], wide[i % table->n_columns],
			   (i + 1) % table->n_columns == 0);
	for (size_t i = 0; i < table->n_cells; i++)
		free(table->cells[i]);
	free(table->cells);
	table->cells = NULL;
	return table->failed ? -ENOMEM : 0;
}
