/* SPDX-License-Identifier: MIT */
/* The options that all consumers have, for their tables of args.h and their --help. */
#ifndef XENAV_COMMON_OPTIONS_H
#define XENAV_COMMON_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/args.h"
#include "common/selection.h"
#include "xenav.h"

/* Exit code for a wrong command line. */
#define COMMON_EXIT_USAGE 2

struct common_options {
	const char *socket;         /* --socket */
	struct selection selection; /* --domain, --device, --unique-id */
	long patience_s;            /* --patience */
	bool watch;                 /* --watch: do not drive */
	bool reconnect;             /* --reconnect */
	bool quiet;                 /* --quiet: print only errors */
	bool version;               /* --version */
	bool help;                  /* --help */
};

/* The value of a field before the command line is read. */
#define COMMON_OPTIONS_DEFAULT                                                                     \
	{                                                                                          \
		.socket = XENAV_DEFAULT_SOCKET, .selection = {.device = -1}, .patience_s = 30,     \
	}

#define COMMON_ROW(option, kind, type, common, field)                                              \
	{                                                                                          \
		option, kind, offsetof(type, common) + offsetof(struct common_options, field),     \
			NULL                                                                       \
	}

/* Rows of a table, for the field `common` of the options `type`: those of all programs, and those
 * of programs that drive streams and connectors for as long as they run. */
#define COMMON_ROWS(type, common)                                                                  \
	COMMON_ROW("socket", ARGS_TEXT, type, common, socket),                                     \
		COMMON_ROW("patience", ARGS_NUMBER, type, common, patience_s),                     \
		COMMON_ROW("domain", ARGS_TEXT, type, common, selection.domain),                   \
		COMMON_ROW("device", ARGS_NUMBER, type, common, selection.device),                 \
		COMMON_ROW("unique-id", ARGS_TEXT, type, common, selection.unique_id),             \
		COMMON_ROW("quiet", ARGS_FLAG, type, common, quiet),                               \
		COMMON_ROW("version", ARGS_STOP, type, common, version),                           \
		COMMON_ROW("help", ARGS_STOP, type, common, help)
#define COMMON_ROWS_DRIVER(type, common)                                                           \
	COMMON_ROWS(type, common), COMMON_ROW("watch", ARGS_FLAG, type, common, watch),            \
		COMMON_ROW("reconnect", ARGS_FLAG, type, common, reconnect)

/* Lines of --help, with the text in column 23: the first of them, for programs with the selection
 * as their filter, and the last. */
#define COMMON_USAGE_SOCKET                                                                        \
	"  --socket=PATH       socket of xenavd (" XENAV_DEFAULT_SOCKET ")\n"                      \
	"  --patience=SECONDS  time for a restart of xenavd (30)\n"
#define COMMON_USAGE_SELECTION                                                                     \
	"  --domain=ID|NAME    only this guest\n"                                                  \
	"  --device=DEVID      only its device with this number\n"                                 \
	"  --unique-id=ID      only the stream or connector with this unique-id\n"
#define COMMON_USAGE_RECONNECT                                                                     \
	"  --reconnect         wait for xenavd if it is not running, or ends for longer\n"
#define COMMON_USAGE_END                                                                           \
	"  --quiet             print only errors\n"                                                \
	"  --version           print the version\n"                                                \
	"  --help              print this\n"

/**
 * Read the command line into the options of the program, of which o is a part, and serve --version
 * and --help.
 *
 * @param usage what --help prints
 * @return ARGS_GO_ON or the exit code.
 */
int common_options_read(const struct common_options *o, const struct args *args, void *options,
			const char *usage, int argc, char **argv);

#endif
