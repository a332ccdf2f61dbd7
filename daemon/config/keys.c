/* SPDX-License-Identifier: MIT */
/* See keys.h. */
#include <config.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "config/keys.h"

#define PAGES_PER_MIB 256u
#define MAX_MIB       65536u
#define MAX_COUNT     1024u

/* The separators of a list of names. */
#define BLANKS " \t,"

static int set_text(char *to, size_t size, const char *value)
{
	if (strlen(value) >= size)
		return -EINVAL;
	strcpy(to, value);
	return 0;
}

static void print_text(FILE *file, const char *name, const void *field)
{
	fprintf(file, "%s = %s\n", name, (const char *)field);
}

static int set_socket(void *field, const char *value)
{
	struct config *config = NULL;

	return value[0] == '/' ? set_text(field, sizeof config->socket_path, value) : -EINVAL;
}

static const struct key_type socket_type = {
	.set = set_socket,
	.print = print_text,
	.wanted = "an absolute path of at most 107 characters",
};

static int set_group(void *field, const char *value)
{
	struct config *config = NULL;

	if (value[0] && !getgrnam(value))
		return -EINVAL;
	return set_text(field, sizeof config->socket_group, value);
}

static const struct key_type group_type = {
	.set = set_group,
	.print = print_text,
	.wanted = "the name of a group that exists",
};

static int set_level(void *field, const char *value)
{
	return log_level_parse(value, field);
}

static void print_level(FILE *file, const char *name, const void *field)
{
	const enum log_level *level = field;

	fprintf(file, "%s = %s\n", name, log_level_name(*level));
}

static const struct key_type level_type = {
	.set = set_level,
	.print = print_level,
	.wanted = "err, warn, info or debug",
};

static int set_yes(void *field, const char *value)
{
	bool *yes = field;

	*yes = strcmp(value, "yes") == 0;
	return *yes || strcmp(value, "no") == 0 ? 0 : -EINVAL;
}

static void print_yes(FILE *file, const char *name, const void *field)
{
	const bool *yes = field;

	fprintf(file, "%s = %s\n", name, *yes ? "yes" : "no");
}

static const struct key_type yes_type = {
	.set = set_yes,
	.print = print_yes,
	.wanted = "yes or no",
};

static int set_mib(void *field, const char *value)
{
	uint32_t *pages = field;
	uint32_t mib;
	int rc = parse_u32(value, MAX_MIB, &mib);

	if (rc == 0)
		*pages = mib * PAGES_PER_MIB;
	return rc;
}

static void print_mib(FILE *file, const char *name, const void *field)
{
	const uint32_t *pages = field;

	fprintf(file, "%s = %u\n", name, *pages / PAGES_PER_MIB);
}

static const struct key_type mib_type = {
	.set = set_mib,
	.print = print_mib,
	.wanted = "a whole number of MiB, at most 65536",
};

static int set_count(void *field, const char *value)
{
	return parse_u32(value, MAX_COUNT, field);
}

static void print_count(FILE *file, const char *name, const void *field)
{
	const uint32_t *count = field;

	fprintf(file, "%s = %u\n", name, *count);
}

static const struct key_type count_type = {
	.set = set_count,
	.print = print_count,
	.wanted = "a whole number, at most 1024",
};

static const char *const rights[] = {
	[RIGHT_NO] = "no",
	[RIGHT_WATCH] = "watch",
	[RIGHT_CLAIM] = "claim",
};

static int set_right(void *field, const char *value)
{
	enum right *right = field;

	for (*right = RIGHT_NO; *right <= RIGHT_CLAIM; (*right)++)
		if (strcmp(value, rights[*right]) == 0)
			return 0;
	return -EINVAL;
}

static void print_right(FILE *file, const char *name, const void *field)
{
	const enum right *right = field;

	fprintf(file, "%s = %s\n", name, rights[*right]);
}

static const struct key_type right_type = {
	.set = set_right,
	.print = print_right,
	.wanted = "no, watch or claim",
};

/* A capture stream has no samples but those of the consumer that claims it. */
static int set_capture(void *field, const char *value)
{
	return strcmp(value, rights[RIGHT_WATCH]) == 0 ? -EINVAL : set_right(field, value);
}

static const struct key_type capture_type = {
	.set = set_capture,
	.print = print_right,
	.wanted = "no or claim",
};

static int set_guests(void *field, const char *value)
{
	int rc = -EINVAL; /* for an empty list */

	for (value += strspn(value, BLANKS); *value; value += strspn(value, BLANKS)) {
		const size_t len = strcspn(value, BLANKS);

		/* At the beginning of a list it would begin a comment. */
		if (*value == ';')
			return -EINVAL;
		rc = guest_names_add(field, value, len);
		if (rc < 0)
			return rc;
		value += len;
	}
	return rc;
}

/* One line each, because a line has room for few UUIDs only. */
static void print_guests(FILE *file, const char *name, const void *field)
{
	const struct guest_names *guests = field;
	const struct guest_name *guest;

	if (STAILQ_EMPTY(guests))
		fprintf(file, "%s = *\n", name);
	STAILQ_FOREACH (guest, guests, link)
		fprintf(file, "%s = %s\n", name, guest->who);
}

static const struct key_type guests_type = {
	.set = set_guests,
	.print = print_guests,
	.wanted = "* or the names or UUIDs of guests, of at most 62 characters each",
	.repeats = true,
};

#define KEY(name, type, record, field)                                                             \
	{                                                                                          \
		name, offsetof(struct record, field), &type                                        \
	}

const struct key keys_daemon[] = {
	KEY("socket", socket_type, config, socket_path),
	KEY("group", group_type, config, socket_group),
	KEY("log-level", level_type, config, log_level),
	KEY("held-mib", mib_type, config, policy.max_held_pages),
	KEY("all-held-mib", mib_type, config, policy.max_all_held_pages),
	{0},
};

const struct key keys_guest[] = {
	KEY("be-alloc", yes_type, guest_rule, policy.be_alloc),
	KEY("mapped-mib", mib_type, guest_rule, policy.max_mapped_pages),
	KEY("supplied-mib", mib_type, guest_rule, policy.max_supplied_pages),
	KEY("copied-mib", mib_type, guest_rule, policy.max_copied_pages),
	KEY("streams", count_type, guest_rule, policy.max_streams),
	KEY("connectors", count_type, guest_rule, policy.max_connectors),
	KEY("inputs", count_type, guest_rule, policy.max_inputs),
	{0},
};

const struct key keys_consumer[] = {
	KEY("guests", guests_type, consumer_rule, guests),
	KEY("display", right_type, consumer_rule, rights.display),
	KEY("playback", right_type, consumer_rule, rights.playback),
	KEY("capture", capture_type, consumer_rule, rights.capture),
	KEY("input", yes_type, consumer_rule, rights.input),
	KEY("direct", yes_type, consumer_rule, rights.direct),
	KEY("status", yes_type, consumer_rule, rights.status),
	KEY("control", yes_type, consumer_rule, rights.control),
	KEY("consumers", count_type, consumer_rule, max_consumers),
	{0},
};

/* -------- consumers -------- */

int consumer_find_id(enum consumer_kind kind, const char *name, uint32_t *id)
{
	const struct passwd *user;
	const struct group *group;
	unsigned long long number;

	if (*name && strspn(name, "0123456789") == strlen(name)) {
		number = strtoull(name, NULL, 10);
		/* The largest id means none. */
		*id = number < UINT32_MAX ? (uint32_t)number : 0;
		return number < UINT32_MAX ? 0 : -ENOENT;
	}
	if (kind == CONSUMER_USER) {
		user = getpwnam(name);
		*id = user ? user->pw_uid : 0;
		return user ? 0 : -ENOENT;
	}
	group = getgrnam(name);
	*id = group ? group->gr_gid : 0;
	return group ? 0 : -ENOENT;
}

const char *consumer_kind_name(enum consumer_kind kind)
{
	return kind == CONSUMER_USER ? "user" : "group";
}

void consumer_print_whom(char *text, size_t size, const struct consumer_rule *rule)
{
	if (rule->kind == CONSUMER_ANY)
		snprintf(text, size, "*");
	else
		snprintf(text, size, "%s %s", consumer_kind_name(rule->kind), rule->name);
}
