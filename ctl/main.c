/* SPDX-License-Identifier: MIT */
/* xenavctl: looks at xenavd, and gives it orders.  The command line. */
#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "complete.h"
#include "ctl.h"
#include "status.h"

/* Options that a command takes, beside --socket. */
#define TAKES_JSON   0x1u
#define TAKES_DOMAIN 0x2u
#define TAKES_COUNT  0x4u
#define TAKES_TIMES  0x8u /* --interval */
#define TAKES_OUTPUT 0x10u
#define PASSES_ON    0x20u /* all that follows is for another program */

static const struct command {
	const char *name;
	int (*run)(const struct ctl *ctl);
	unsigned takes;
	int min_args;
	int max_args;
	const char *args;
	const char *help;
} commands[] = {
	{"list", cmd_list, TAKES_JSON | TAKES_DOMAIN, 0, 0, "",
	 "guests, devices, who drives and watches"},
	{"show", cmd_show, TAKES_JSON, 0, 1, "[GUEST]", "all that is known of xenavd, or a guest"},
	{"monitor", cmd_monitor, TAKES_JSON | TAKES_DOMAIN | TAKES_COUNT, 0, 0, "",
	 "a line for each event, as it happens"},
	{"top", cmd_top, TAKES_JSON | TAKES_DOMAIN | TAKES_COUNT | TAKES_TIMES, 0, 0, "",
	 "what streams, connectors and guests do in a second"},
	{"metrics", cmd_metrics, TAKES_OUTPUT, 0, 0, "", "counters as OpenMetrics text"},
	{"log-level", cmd_log_level, TAKES_JSON, 0, 1, "[LEVEL]",
	 "tell or set what xenavd logs: err, warn, info, debug"},
	{"kick", cmd_kick, TAKES_JSON, 1, 1, "CONSUMER", "disconnect the consumer of that number"},
	{"screenshot", cmd_screenshot, TAKES_JSON | TAKES_OUTPUT, 1, 1, "GUEST[/CONNECTOR]",
	 "what a connector shows, as PNG"},
	{"record", cmd_record, PASSES_ON, 0, 0, "GUEST [OPTION]...", "record it by xenav-record"},
	{"type", cmd_type, PASSES_ON, 0, 0, "GUEST [OPTION]... [TEXT]", "type there by xenav-type"},
};

#define N_COMMANDS (sizeof commands / sizeof commands[0])

/* -------- complaints -------- */

int ctl_fail(int code, const char *format, ...)
{
	va_list ap;

	fputs("xenavctl: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputs(code == CTL_USAGE ? " (see xenavctl --help)\n" : "\n", stderr);
	return code;
}

int ctl_failed(const struct ctl *ctl, int rc)
{
	switch (-rc) {
	case ENOENT:
	case ECONNREFUSED:
		return ctl_fail(CTL_UNAVAILABLE, "no xenavd serves %s", ctl->socket);
	case EACCES:
		return ctl_fail(CTL_UNAVAILABLE,
				"xenavd.conf does not give you the right (status or control)");
	case EPROTONOSUPPORT:
		return ctl_fail(CTL_UNAVAILABLE, "xenavd at %s is too old to tell its status",
				ctl->socket);
	case EUSERS:
		return ctl_fail(CTL_TEMPORARY, "too many consumers are connected to xenavd");
	case ETIMEDOUT:
		return ctl_fail(CTL_TEMPORARY, "xenavd does not answer");
	case EPIPE:
		return ctl_fail(CTL_TEMPORARY, "xenavd has closed the connection");
	default:
		return ctl_fail(CTL_UNAVAILABLE, "cannot talk to xenavd at %s: %s", ctl->socket,
				strerror(-rc));
	}
}

int ctl_connect(const struct ctl *ctl, struct client *client)
{
	const int rc = client_open(client, ctl->socket);

	return rc < 0 ? ctl_failed(ctl, rc) : CTL_OK;
}

int ctl_status(const struct ctl *ctl, struct client *client, const char *guest,
	       struct status *status)
{
	const int rc = status_get(client, status);

	if (rc < 0)
		return ctl_failed(ctl, rc);
	if (!guest || status_keep_guest(status, guest))
		return CTL_OK;
	status_free(status);
	return ctl_fail(CTL_UNAVAILABLE, "there is no guest '%s', or it may not be seen", guest);
}

int ctl_look(const struct ctl *ctl, const char *guest, struct status *status)
{
	struct client client;
	int rc;

	rc = ctl_connect(ctl, &client);
	if (rc != CTL_OK)
		return rc;
	rc = ctl_status(ctl, &client, guest, status);
	client_close(&client);
	return rc;
}

int ctl_flush(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return CTL_OK;
	return ctl_fail(CTL_UNAVAILABLE, "cannot write to standard output: %s", strerror(errno));
}

/* -------- the command line -------- */

static int help(void)
{
	puts("Usage: xenavctl [--socket=PATH] COMMAND [OPTION]... [ARGUMENT]...\n"
	     "Look at xenavd, the backend of sound, displays and input of Xen guests.\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		printf("  %-10s %-24s %s\n", commands[i].name, commands[i].args, commands[i].help);
	puts("\n"
	     "  --json              a JSON document, or one on each line (not record, type)\n"
	     "  --domain=GUEST      only this guest: number, name or UUID (list, monitor, top)\n"
	     "  --interval=SECONDS  between two looks (top: 1)\n"
	     "  --count=N           end after so many looks or events (top, monitor)\n"
	     "  --output=FILE       a file instead of standard output (metrics, screenshot)\n"
	     "  --socket=PATH       socket of xenavd (" XENAV_DEFAULT_SOCKET ")\n"
	     "  --version           print the version\n"
	     "  --help              print this");
	return ctl_flush();
}

enum { OPT_SOCKET = 256, OPT_JSON, OPT_DOMAIN, OPT_INTERVAL, OPT_COUNT, OPT_OUTPUT };
enum { OPT_VERSION = 512, OPT_HELP, OPT_COMPLETE };

static const struct option options[] = {
	{"socket", required_argument, NULL, OPT_SOCKET},
	{"json", no_argument, NULL, OPT_JSON},
	{"domain", required_argument, NULL, OPT_DOMAIN},
	{"interval", required_argument, NULL, OPT_INTERVAL},
	{"count", required_argument, NULL, OPT_COUNT},
	{"output", required_argument, NULL, OPT_OUTPUT},
	{"version", no_argument, NULL, OPT_VERSION},
	{"help", no_argument, NULL, OPT_HELP},
	{"complete", required_argument, NULL, OPT_COMPLETE},
	{0},
};

/* What an option asks of its command; 0: any takes it. */
static unsigned asks(int option)
{
	switch (option) {
	case OPT_JSON:
		return TAKES_JSON;
	case OPT_DOMAIN:
		return TAKES_DOMAIN;
	case OPT_INTERVAL:
		return TAKES_TIMES;
	case OPT_COUNT:
		return TAKES_COUNT;
	case OPT_OUTPUT:
		return TAKES_OUTPUT;
	default:
		return 0;
	}
}

static int read_interval(struct ctl *ctl, const char *text)
{
	char *end;

	ctl->interval_s = strtod(text, &end);
	if (*end || end == text || !(ctl->interval_s >= 0.1 && ctl->interval_s <= 86400))
		return ctl_fail(CTL_USAGE, "--interval takes 0.1 to 86400 seconds, not '%s'", text);
	return CTL_OK;
}

static int read_count(struct ctl *ctl, const char *text)
{
	char *end;

	ctl->count = strtol(text, &end, 10);
	if (*end || end == text || ctl->count < 1)
		return ctl_fail(CTL_USAGE, "--count takes a number from 1 on, not '%s'", text);
	return CTL_OK;
}

/* @return CTL_OK to go on, or another exit code. */
static int read_option(struct ctl *ctl, int option)
{
	switch (option) {
	case OPT_SOCKET:
		ctl->socket = optarg;
		return CTL_OK;
	case OPT_JSON:
		ctl->json = true;
		return CTL_OK;
	case OPT_DOMAIN:
		ctl->domain = optarg;
		return CTL_OK;
	case OPT_INTERVAL:
		return read_interval(ctl, optarg);
	case OPT_COUNT:
		return read_count(ctl, optarg);
	case OPT_OUTPUT:
		ctl->output = optarg;
		return CTL_OK;
	default:
		fputs("xenavctl: see xenavctl --help\n", stderr);
		return CTL_USAGE;
	}
}

static void complete(const char *what, const struct ctl *ctl)
{
	if (strcmp(what, "commands") == 0)
		for (size_t i = 0; i < N_COMMANDS; i++)
			puts(commands[i].name);
	else
		complete_words(ctl, what);
}

/* Read options up to the next argument that is none (order "+"), or all (order "").
 * @return -1 to go on, or an exit code. */
static int read_options(struct ctl *ctl, int argc, char **argv, const char *order, unsigned *asked)
{
	int option, rc;

	while ((option = getopt_long(argc, argv, order, options, NULL)) != -1) {
		if (option == OPT_HELP)
			return help();
		if (option == OPT_VERSION) {
			puts("xenavctl " PACKAGE_VERSION);
			return ctl_flush();
		}
		if (option == OPT_COMPLETE) {
			complete(optarg, ctl);
			return CTL_OK;
		}
		rc = read_option(ctl, option);
		if (rc != CTL_OK)
			return rc;
		*asked |= asks(option);
	}
	return -1;
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* The options and arguments of a command. @return -1 to go on, or an exit code. */
static int read_command(struct ctl *ctl, const struct command *command, int argc, char **argv,
			unsigned asked)
{
	int rc, n;

	ctl->argc = argc;
	ctl->argv = argv;
	if (!(command->takes & PASSES_ON)) {
		optind = 0;
		rc = read_options(ctl, argc, argv, "", &asked);
		if (rc >= 0)
			return rc;
		n = argc - optind;
		if (n < command->min_args || n > command->max_args)
			return ctl_fail(CTL_USAGE, "use: %s %s", command->name, command->args);
		ctl->argc = n + 1;
		ctl->argv = argv + optind - 1;
	}
	if (asked & ~command->takes)
		return ctl_fail(CTL_USAGE, "%s does not take all of these options", command->name);
	return -1;
}

int main(int argc, char **argv)
{
	struct ctl ctl = {.socket = XENAV_DEFAULT_SOCKET, .interval_s = 1};
	const struct command *command;
	unsigned asked = 0;
	int rc, at;

	rc = read_options(&ctl, argc, argv, "+", &asked);
	if (rc >= 0)
		return rc;
	if (optind >= argc)
		return ctl_fail(CTL_USAGE, "a command is missing");
	at = optind;
	command = find(argv[at]);
	if (!command)
		return ctl_fail(CTL_USAGE, "there is no command '%s'", argv[at]);
	rc = read_command(&ctl, command, argc - at, argv + at, asked);
	return rc >= 0 ? rc : command->run(&ctl);
}
