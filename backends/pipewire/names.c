/* SPDX-License-Identifier: MIT */
/* See names.h. */
#include <config.h>

#include <stdio.h>

#include "names.h"

/* Parts of a name, so that several fit into one. */
#define PART_BYTES 48

/* @return the bytes of the character of UTF-8 at p, 0 if it is none, or a control character. */
static size_t character_bytes(const char *p)
{
	const unsigned char c = (unsigned char)*p;
	const size_t n = c < 0x80   ? 1
			 : c < 0xc2 ? 0
			 : c < 0xe0 ? 2
			 : c < 0xf0 ? 3
			 : c < 0xf5 ? 4
				    : 0;

	if (c < ' ' || c == 0x7f)
		return 0;
	for (size_t i = 1; i < n; i++)
		if (((unsigned char)p[i] & 0xc0) != 0x80)
			return 0;
	/* U+0080 to U+009F are control characters. */
	return n == 2 && c == 0xc2 && (unsigned char)p[1] < 0xa0 ? 0 : n;
}

/* Copy what is printable; '_' stands for each other byte. */
static void copy(char part[PART_BYTES], const char *from)
{
	size_t n = 0;

	while (from && *from) {
		const size_t bytes = character_bytes(from);

		if (n + (bytes ? bytes : 1) >= PART_BYTES)
			break;
		if (bytes == 0) {
			part[n++] = '_';
			from++;
		}
		for (size_t i = 0; i < bytes; i++)
			part[n++] = *from++;
	}
	part[n] = '\0';
}

static void name_domain(struct names *names, const char *domain_name, uint32_t domid)
{
	char part[PART_BYTES];

	copy(part, domain_name);
	snprintf(names->domid, sizeof names->domid, "%u", (unsigned)domid);
	if (*part)
		snprintf(names->domain, sizeof names->domain, "%s", part);
	else
		snprintf(names->domain, sizeof names->domain, "domain-%s", names->domid);
}

static void describe(struct names *names)
{
	snprintf(names->description, sizeof names->description, "%.*s: %.*s", PART_BYTES,
		 names->domain, 2 * PART_BYTES + 8, names->media);
}

void names_of_stream(struct names *names, const struct xenav_stream_info *info)
{
	char id[PART_BYTES], pcm[PART_BYTES];

	name_domain(names, info->domain_name, info->domid);
	copy(id, info->unique_id);
	copy(pcm, info->pcm_name);
	snprintf(names->unique_id, sizeof names->unique_id, "%s", id);
	snprintf(names->media, sizeof names->media, "%s%s%s%s", *pcm ? pcm : "Sound",
		 *id ? " (" : "", id, *id ? ")" : "");
	/* Streams may share their unique-id. */
	snprintf(names->node, sizeof names->node, "xenav.%.*s.%u.%u.%u", PART_BYTES, names->domain,
		 (unsigned)info->devid, info->pcm, info->stream);
	describe(names);
}

void names_of_connector(struct names *names, const struct xenav_connector_info *info)
{
	char id[PART_BYTES];

	name_domain(names, info->domain_name, info->domid);
	copy(id, info->unique_id);
	snprintf(names->unique_id, sizeof names->unique_id, "%s", id);
	snprintf(names->media, sizeof names->media, "Screen %u%s%s%s", (unsigned)info->connector,
		 *id ? " (" : "", id, *id ? ")" : "");
	snprintf(names->node, sizeof names->node, "xenav.%.*s.screen.%u.%u", PART_BYTES,
		 names->domain, (unsigned)info->devid, (unsigned)info->connector);
	describe(names);
}
