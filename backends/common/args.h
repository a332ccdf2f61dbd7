/* SPDX-License-Identifier: MIT */
/* The command line of a consumer, read by a table of its long options. */
#ifndef XENAV_COMMON_ARGS_H
#define XENAV_COMMON_ARGS_H

#include <stddef.h>

/* Functions that read arguments return this to go on; otherwise the exit code of the program. */
#define ARGS_GO_ON (-1)

enum args_kind {
	ARGS_TEXT,    /* sets a const char * */
	ARGS_NUMBER,  /* sets a long, from 0 to INT_MAX */
	ARGS_FLAG,    /* sets a bool */
	ARGS_STOP,    /* sets a bool, and nothing behind it is read */
	ARGS_PARSED,  /* is handed to a function */
	ARGS_OPTIONAL /* is, too; NULL if there is none behind a = */
};

struct args_row {
	const char *name; /* NULL ends a table */
	enum args_kind kind;
	size_t field; /* its offset in the options */
	int (*parse)(void *options, const char *arg);
};

/* A table has no more rows. */
#define ARGS_MAX_ROWS 64

struct args {
	const char *program;
	int usage; /* exit code for a wrong command line */
	const struct args_row *rows;
	/* Takes what is no option, where it stands; NULL: it is left behind optind. */
	int (*other)(void *options, const char *text);
};

/* Read the arguments into the options. @return ARGS_GO_ON or the exit code. */
int args_read(const struct args *args, void *options, int argc, char **argv);

/* Say on stderr what is wrong, and that --help exists. @return args->usage. */
__attribute__((format(printf, 2, 3))) int args_wrong(const struct args *args, const char *format,
						     ...);

/* @return the number from 0 to max that s is, or -1. */
long args_number(const char *s, long max);

#endif
