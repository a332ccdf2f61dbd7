/* SPDX-License-Identifier: MIT */
/* See config.h.  One table of keys; inih does the lines. */
#include <config.h>

#include <errno.h>
#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "config/config.h"
#include "xenav-proto.h"

struct reader {
	struct config *config;
	FILE *file;
	const char *path;
	int line; /* inih, as Debian builds it, does not tell its handler */
	char *error;
	size_t error_size;
};

static int set_text(char *to, size_t size, const char *value)
{
	if (strlen(value) >= size)
		return -EINVAL;
	strcpy(to, value);
	return 0;
}

static int set_socket(struct config *config, const char *value)
{
	return value[0] == '/' ? set_text(config->socket_path, sizeof config->socket_path, value)
			       : -EINVAL;
}

static int set_group(struct config *config, const char *value)
{
	return set_text(config->socket_group, sizeof config->socket_group, value);
}

static int set_log_level(struct config *config, const char *value)
{
	return log_level_parse(value, &config->log_level);
}

static const struct key {
	const char *section;
	const char *name;
	int (*set)(struct config *config, const char *value);
	const char *wanted;
} keys[] = {
	{"daemon", "socket", set_socket, "an absolute path of at most 107 characters"},
	{"daemon", "group", set_group, "the name of a group"},
	{"daemon", "log-level", set_log_level, "err, warn, info or debug"},
};

/* The rest of a line that is too long.  @return whether there was any. */
static bool skip_rest(FILE *file)
{
	int first = getc(file);

	for (int c = first; c != '\n' && c != EOF; c = getc(file))
		;
	return first != '\n' && first != EOF;
}

static char *next_line(char *text, int size, void *data)
{
	struct reader *r = data;
	size_t len;
	size_t indent;
	bool whole;

	r->line++;
	/* Nothing after the first mistake counts. */
	if (r->error[0] != '\0' || !fgets(text, size, r->file))
		return NULL;
	len = strlen(text);
	whole = len + 1 < (size_t)size || text[len - 1] == '\n' || !skip_rest(r->file);
	/* An indented line would be taken to continue the one before. */
	indent = strspn(text, " \t");
	memmove(text, text + indent, len - indent + 1);
	if (whole || text[0] == '#' || text[0] == ';')
		return text;
	snprintf(r->error, r->error_size, "%s:%d: The line is too long", r->path, r->line);
	return NULL;
}

static int on_key(void *data, const char *section, const char *name, const char *value)
{
	struct reader *r = data;

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		if (strcmp(section, keys[i].section) != 0 || strcmp(name, keys[i].name) != 0)
			continue;
		if (keys[i].set(r->config, value) == 0)
			return 1;
		snprintf(r->error, r->error_size, "%s:%d: \"%s\" takes %s", r->path, r->line, name,
			 keys[i].wanted);
		return 0;
	}
	snprintf(r->error, r->error_size, "%s:%d: Unknown key \"%s\" in section [%s]", r->path,
		 r->line, name, section);
	return 0;
}

void config_defaults(struct config *config)
{
	memset(config, 0, sizeof *config);
	strcpy(config->socket_path, XENAV_DEFAULT_SOCKET);
	config->log_level = LOG_LEVEL_INFO;
	policy_init(&config->policy);
}

void config_finish(struct config *config)
{
	policy_finish(&config->policy);
}

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
		snprintf(error, error_size, "%s: Could not be read", path);
	fclose(reader.file);
	if (line == 0 && error[0] == '\0')
		return 0;
	if (error[0] == '\0')
		snprintf(error, error_size, "%s:%d: Not a line of an ini file", path, line);
	return -EINVAL;
}
