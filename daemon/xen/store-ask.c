/* SPDX-License-Identifier: MIT */
/* See store-ask.h. */
#include <config.h>

#include <errno.h>
#include <xenstore.h>

#include "base/number.h"
#include "report/cleanup.h"
#include "xen/store-ask.h"

/* These two are xenstored's own words about a node; libxenstore has neither for a lost connection.
 */
static void note_failure(struct store_asker *a)
{
	if (errno != ENOENT && errno != EACCES)
		a->unanswered = true;
}

char *store_ask(struct store_asker *a, const char *path)
{
	char *value;

	a->requests++;
	value = xs_read(a->xs, XBT_NULL, path, NULL);
	if (!value)
		note_failure(a);
	return value;
}

char **store_ask_directory(struct store_asker *a, const char *path, unsigned *n)
{
	char **names;

	*n = 0;
	a->requests++;
	names = xs_directory(a->xs, XBT_NULL, path, n);
	if (!names)
		note_failure(a);
	return names;
}

int store_ask_number(struct store_asker *a, const char *path, int otherwise)
{
	CLEANUP_FREE char *text = store_ask(a, path);
	uint32_t value;

	if (!text || parse_u32(text, UINT16_MAX, &value) < 0)
		return otherwise;
	return (int)value;
}

bool store_ask_domain(struct store_asker *a, uint16_t domid, bool *hidden)
{
	a->requests++;
	errno = 0;
	if (xs_is_domain_introduced(a->xs, domid))
		return true;
	*hidden = errno == EACCES;
	if (errno != 0)
		note_failure(a);
	return false;
}
