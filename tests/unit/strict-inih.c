/* SPDX-License-Identifier: MIT */
/*
 * inih as it is from r58 on, whichever is installed: a line that fills its buffer is taken for one
 * that goes on, the rest is read, whatever that is, and the line is a mistake.
 */
#include <config.h>

#include <ini.h>
#include <string.h>

static struct {
	ini_reader reader;
	void *stream;
	int line;
	int error;
} strict;

int __real_ini_parse_stream(ini_reader reader, void *stream, ini_handler handler, void *user);
int __wrap_ini_parse_stream(ini_reader reader, void *stream, ini_handler handler, void *user);

static char *read_strictly(char *text, int size, void *)
{
	char *line = strict.reader(text, size, strict.stream);
	char rest[16] = "";

	strict.line++;
	if (!line || strlen(line) + 1 < (size_t)size || line[size - 2] == '\n')
		return line;
	while (!strchr(rest, '\n') && strict.reader(rest, sizeof rest, strict.stream))
		strict.error = strict.error ? strict.error : strict.line;
	return line;
}

int __wrap_ini_parse_stream(ini_reader reader, void *stream, ini_handler handler, void *user)
{
	int line;

	strict.reader = reader;
	strict.stream = stream;
	strict.line = strict.error = 0;
	line = __real_ini_parse_stream(read_strictly, stream, handler, user);
	return strict.error ? strict.error : line;
}
