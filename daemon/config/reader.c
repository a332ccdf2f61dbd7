/* SPDX-License-Identifier: MIT */
/*
 * Reads the file, see config.h.  inih splits the lines, except for section headers: it reports no
 * section without keys, and cuts long names.
 */
#include <config.h>

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "config/config.h"
#include "config/keys.h"

#define BLANKS " \t\r\n"

struct reader {
	struct config *config;
	FILE *file;
	const char *path;
	int line; /* counted here: inih, as Debian builds it, does not tell its handler */
	char *error;
	size_t error_size;

	/* The current section. */
	char section[160];
	const struct key *keys; /* NULL: before the first section */
	void *record;           /* the values of the keys go here */
	unsigned seen;          /* bit n: keys[n] has occurred */
	int daemon_line;        /* of [daemon], or 0 */
};

/* Only the first mistake is reported. */
static void __attribute__((format(printf, 2, 3))) complain(struct reader *r, const char *fmt, ...)
{
	va_list args;
	int n;

	if (r->error[0] != '\0')
		return;
	n = snprintf(r->error, r->error_size, "%s:%d: ", r->path, r->line);
	if (n < 0 || (size_t)n >= r->error_size)
		return;
	va_start(args, fmt);
	vsnprintf(r->error + n, r->error_size - (size_t)n, fmt, args);
	va_end(args);
}

/* -------- sections -------- */

static void enter(struct reader *r, const struct key *keys, void *record)
{
	if (!record)
		complain(r, "%s", strerror(ENOMEM));
	r->keys = keys;
	r->record = record;
	r->seen = 0;
}

static void enter_daemon(struct reader *r)
{
	if (r->daemon_line)
		complain(r, "Section [daemon] is repeated from line %d", r->daemon_line);
	r->daemon_line = r->line;
	enter(r, keys_daemon, r->config);
}

static void enter_guest(struct reader *r, const char *who)
{
	struct policy *policy = &r->config->policy;
	const struct guest_rule *before = policy_covers_guest(policy, who);
	struct guest_rule *rule;

	if (!*who || strlen(who) > GUEST_NAME_BYTES - 2)
		complain(r, "[guest WHO] takes *, a UUID, or a name of at most 62 characters");
	else if (before)
		complain(r, "Section [%s] has no effect after [guest %s] in line %d", r->section,
			 before->who, before->line);
	rule = policy_add_guest(policy, who);
	if (rule)
		rule->line = r->line;
	enter(r, keys_guest, rule);
}

static void add_consumer(struct reader *r, enum consumer_kind kind, uint32_t id, const char *name)
{
	struct policy *policy = &r->config->policy;
	const struct consumer_rule *before = policy_covers_consumer(policy, kind, id);
	struct consumer_rule *rule;
	char whom[80];

	if (before) {
		consumer_print_whom(whom, sizeof whom, before);
		complain(r, "Section [%s] has no effect after [consumer %s] in line %d", r->section,
			 whom, before->line);
	}
	rule = policy_add_consumer(policy, kind, id, name);
	if (rule)
		rule->line = r->line;
	enter(r, keys_consumer, rule);
}

static void enter_consumer(struct reader *r, const char *whom)
{
	const size_t len = strcspn(whom, BLANKS);
	const char *name = whom + len + strspn(whom + len, BLANKS);
	enum consumer_kind kind;
	uint32_t id;

	if (strcmp(whom, "*") == 0) {
		add_consumer(r, CONSUMER_ANY, 0, "*");
		return;
	}
	kind = len == 4 && strncmp(whom, "user", len) == 0 ? CONSUMER_USER : CONSUMER_GROUP;
	if ((kind == CONSUMER_GROUP && (len != 5 || strncmp(whom, "group", len) != 0)) || !*name ||
	    strlen(name) > sizeof((struct consumer_rule){0}).name - 1)
		complain(r, "[consumer WHOM] takes *, \"user\" or \"group\" and a name or number");
	else if (consumer_find_id(kind, name, &id) < 0)
		complain(r, "There is no %s \"%s\"", consumer_kind_name(kind), name);
	else
		add_consumer(r, kind, id, name);
}

static const struct {
	const char *word;
	void (*enter)(struct reader *r, const char *rest);
} sections[] = {
	{"guest", enter_guest},
	{"consumer", enter_consumer},
};

static void enter_section(struct reader *r)
{
	const size_t len = strcspn(r->section, BLANKS);
	const char *rest = r->section + len + strspn(r->section + len, BLANKS);

	if (strcmp(r->section, "daemon") == 0) {
		enter_daemon(r);
		return;
	}
	for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
		if (strlen(sections[i].word) == len &&
		    strncmp(r->section, sections[i].word, len) == 0) {
			sections[i].enter(r, rest);
			return;
		}
	}
	complain(r, "Unknown section [%s]", r->section);
}

/* Read the text in the brackets, without the blanks around it. */
static void read_header(struct reader *r, const char *text)
{
	const char *end = strchr(text, ']');
	const char *from = text + 1 + strspn(text + 1, BLANKS);
	size_t len;

	if (!end || (end[1 + strspn(end + 1, BLANKS)] && end[1 + strspn(end + 1, BLANKS)] != ';')) {
		complain(r, "Not a line of an ini file");
		return;
	}
	len = from < end ? (size_t)(end - from) : 0;
	while (len > 0 && strchr(BLANKS, from[len - 1]))
		len--;
	if (len >= sizeof r->section) {
		complain(r, "The name of the section is too long");
		return;
	}
	memcpy(r->section, from, len);
	r->section[len] = '\0';
	enter_section(r);
}

/* -------- lines -------- */

/* Skip the rest of a line that is too long. */
static void skip_rest(FILE *file)
{
	for (int c = getc(file); c != '\n' && c != EOF; c = getc(file))
		;
}

static char *next_line(char *text, int size, void *data)
{
	struct reader *r = data;
	size_t len;
	size_t indent = 0;
	bool whole;

	r->line++;
	/* Stop at the first mistake. */
	if (r->error[0] != '\0' || !fgets(text, size, r->file))
		return NULL;
	len = strlen(text);
	whole = len + 1 < (size_t)size || text[len - 1] == '\n';
	if (!whole)
		skip_rest(r->file);
	/* Some editors begin a file with a byte order mark. */
	if (r->line == 1 && strncmp(text, "\xef\xbb\xbf", 3) == 0)
		indent = 3;
	/* inih would take an indented line for a continuation. */
	indent += strspn(text + indent, " \t");
	memmove(text, text + indent, len - indent + 1);
	/* inih from r58 on rejects a line that fills its buffer, even a comment. */
	if (text[0] == '#' || text[0] == ';')
		text[0] = '\0';
	else if (!whole)
		complain(r, "The line is too long");
	else if (text[0] == '[')
		read_header(r, text);
	return r->error[0] != '\0' ? NULL : text;
}

static int set_key(struct reader *r, const struct key *key, const char *value)
{
	const unsigned bit = 1u << (key - r->keys);
	int rc;

	if ((r->seen & bit) && !key->type->repeats) {
		complain(r, "\"%s\" is repeated in section [%s]", key->name, r->section);
		return 0;
	}
	r->seen |= bit;
	rc = key->type->set((char *)r->record + key->offset, value);
	if (rc == -EINVAL)
		complain(r, "\"%s\" takes %s", key->name, key->type->wanted);
	else if (rc < 0)
		complain(r, "%s", strerror(-rc));
	return rc == 0;
}

static int on_key(void *data, const char *, const char *name, const char *value)
{
	struct reader *r = data;

	if (!r->keys) {
		complain(r, "Key \"%s\" stands before any section", name);
		return 0;
	}
	for (const struct key *key = r->keys; key->name; key++)
		if (strcmp(name, key->name) == 0)
			return set_key(r, key, value);
	complain(r, "Unknown key \"%s\" in section [%s]", name, r->section);
	return 0;
}

/* -------- the whole -------- */

int config_read(struct config *config, const char *path, char *error, size_t error_size)
{
	struct reader reader = {
		.config = config,
		.path = path,
		.error = error,
		.error_size = error_size,
	};
	int line;

	reader.file = fopen(path, "re");
	if (!reader.file) {
		int rc = -errno;

		snprintf(error, error_size, "%s: %s", path, strerror(-rc));
		return rc;
	}
	error[0] = '\0';
	line = ini_parse_stream(next_line, &reader, on_key, &reader);
	if (ferror(reader.file) && error[0] == '\0')
		snprintf(error, error_size, "Cannot read %s", path);
	fclose(reader.file);
	if (line == 0 && error[0] == '\0')
		return 0;
	if (error[0] == '\0')
		snprintf(error, error_size, "%s:%d: Not a line of an ini file", path, line);
	return -EINVAL;
}
