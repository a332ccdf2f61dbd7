/* SPDX-License-Identifier: MIT */
/* See options.h. */
#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "options.h"
#include "report/log.h"
#include "service/access.h"
#include "service/privileges.h"
#include "service/sandbox.h"
#include "xen/needed.h"

enum { OPT_CONFIG = 'c', OPT_SOCKET = 's', OPT_FOREGROUND = 'f', OPT_LOG_LEVEL = 'l' };
enum { OPT_VERSION = 'V', OPT_HELP = 'h', OPT_USER = 'u', OPT_CHECK_CONFIG = 256 };
enum { OPT_PRINT_CONFIG = 257, OPT_GRANT_ACCESS, OPT_REVOKE_ACCESS, OPT_SANDBOX };

#define SHORT_OPTIONS "c:s:fl:u:Vh"

/* The command line. */
struct command {
	struct options *options;
	int access; /* OPT_GRANT_ACCESS, OPT_REVOKE_ACCESS or 0 */
	bool check_config;
	bool print_config;
};

static const struct option known[] = {
	{"config", required_argument, NULL, OPT_CONFIG},
	{"socket", required_argument, NULL, OPT_SOCKET},
	{"foreground", no_argument, NULL, OPT_FOREGROUND},
	{"log-level", required_argument, NULL, OPT_LOG_LEVEL},
	{"user", required_argument, NULL, OPT_USER},
	{"sandbox", required_argument, NULL, OPT_SANDBOX},
	{"grant-access", no_argument, NULL, OPT_GRANT_ACCESS},
	{"revoke-access", no_argument, NULL, OPT_REVOKE_ACCESS},
	{"check-config", no_argument, NULL, OPT_CHECK_CONFIG},
	{"print-config", no_argument, NULL, OPT_PRINT_CONFIG},
	{"version", no_argument, NULL, OPT_VERSION},
	{"help", no_argument, NULL, OPT_HELP},
	{0},
};

static const char usage[] =
	"Usage: xenavd [OPTION]...\n"
	"Serve the PV sound and PV display devices of Xen guests.\n"
	"\n"
	"  -c, --config=FILE      read FILE instead of " CONFIG_DEFAULT_PATH "\n"
	"  -s, --socket=PATH      listen for consumers at PATH instead of /run/xenavd/socket\n"
	"  -f, --foreground       do nothing: xenavd always stays in the foreground\n"
	"  -l, --log-level=LEVEL  err, warn, info (the default) or debug\n"
	"  -u, --user=NAME        become NAME instead of xenavd when started by root\n"
	"      --sandbox=MODE     yes (the default), no, or kill, see xenavd(8)\n"
	"      --grant-access     let that user open Xen's devices and exit\n"
	"      --revoke-access    undo that and exit\n"
	"      --check-config     check the configuration and exit\n"
	"      --print-config     print the configuration that applies and exit\n"
	"  -V, --version          print the version and exit\n"
	"  -h, --help             print this help and exit\n";

static int refuse(const char *what, const char *value)
{
	fprintf(stderr, "xenavd: %s: %s\n", what, value);
	return -EINVAL;
}

static int set_socket(struct options *options, const char *path)
{
	if (strlen(path) >= sizeof((struct config *)NULL)->socket_path)
		return refuse("The socket path is too long", path);
	options->socket_path = path;
	return 0;
}

static int set_log_level(struct options *options, const char *name)
{
	enum log_level level;

	if (log_level_parse(name, &level) < 0)
		return refuse("Unknown log level", name);
	options->log_level = (int)level;
	return 0;
}

static int set_option(struct command *command, int opt)
{
	switch (opt) {
	case OPT_SOCKET:
		return set_socket(command->options, optarg);
	case OPT_LOG_LEVEL:
		return set_log_level(command->options, optarg);
	case OPT_SANDBOX:
		if (sandbox_mode_parse(optarg, &command->options->sandbox) < 0)
			return refuse("Unknown mode of the sandbox", optarg);
		return 0;
	case OPT_USER:
		command->options->user = optarg;
		return 0;
	case OPT_CONFIG:
		command->options->config_path = optarg;
		command->options->config_given = true;
		return 0;
	case OPT_FOREGROUND:
		return 0;
	case OPT_GRANT_ACCESS:
	case OPT_REVOKE_ACCESS:
		command->access = opt;
		return 0;
	case OPT_CHECK_CONFIG:
		command->check_config = true;
		return 0;
	case OPT_PRINT_CONFIG:
		command->print_config = true;
		return 0;
	case OPT_VERSION:
		puts("xenavd " PACKAGE_VERSION);
		exit(EXIT_SUCCESS);
	case OPT_HELP:
		fputs(usage, stdout);
		exit(EXIT_SUCCESS);
	default:
		fputs("Try 'xenavd --help'.\n", stderr);
		return -EINVAL;
	}
}

int options_config(const struct options *options, struct config *config, char *error,
		   size_t error_size)
{
	int rc;

	config_defaults(config);
	rc = config_read(config, options->config_path, error, error_size);
	if (rc == -ENOENT && !options->config_given)
		rc = 0;
	if (rc == 0)
		rc = config_read_more(config, options->config_path, error, error_size);
	if (rc < 0)
		return rc;
	rc = config_complete(config);
	if (rc < 0)
		snprintf(error, error_size, "Cannot use the configuration: %s", strerror(-rc));
	if (options->socket_path)
		strcpy(config->socket_path, options->socket_path);
	if (options->log_level >= 0)
		config->log_level = (enum log_level)options->log_level;
	return rc;
}

static int read_command(struct command *command, int argc, char **argv)
{
	int opt;
	int rc;

	while ((opt = getopt_long(argc, argv, SHORT_OPTIONS, known, NULL)) != -1) {
		rc = set_option(command, opt);
		if (rc < 0)
			return rc;
	}
	if (optind < argc) {
		fprintf(stderr, "xenavd: Unexpected argument '%s'. Try 'xenavd --help'.\n",
			argv[optind]);
		return -EINVAL;
	}
	return 0;
}

static int read_config(struct config *config, const struct options *options)
{
	char error[512];
	int rc;

	rc = options_config(options, config, error, sizeof error);
	if (rc < 0)
		fprintf(stderr, "xenavd: %s\n", error);
	return rc;
}

/* @return the exit status. */
static int show_config(const struct config *config, const struct command *command)
{
	if (command->print_config)
		return config_print(config, stdout) < 0 ? EXIT_UNAVAILABLE : EXIT_SUCCESS;
	if (access(command->options->config_path, F_OK) == 0)
		printf("%s: ok\n", command->options->config_path);
	else
		printf("%s: not found, the defaults apply\n", command->options->config_path);
	return EXIT_SUCCESS;
}

/* @return the exit status. */
static int change_access(const char *user, bool granted)
{
	struct identity identity;
	int rc = privileges_find(user, &identity);

	if (rc < 0)
		fprintf(stderr, "xenavd: Could not find the user %s: %s\n", user,
			rc == -ENOENT ? "there is none" : strerror(-rc));
	else
		rc = (granted ? access_grant : access_revoke)(xen_needed(), identity.uid);
	return rc < 0 ? EXIT_UNAVAILABLE : EXIT_SUCCESS;
}

bool options_read(struct config *config, struct options *options, int argc, char **argv,
		  int *status)
{
	struct command command = {.options = options};

	*options = (struct options){
		.config_path = CONFIG_DEFAULT_PATH,
		.log_level = -1,
		.user = "xenavd",
		.sandbox = SANDBOX_YES,
	};
	policy_init(&config->policy);
	if (read_command(&command, argc, argv) < 0)
		*status = EXIT_USAGE;
	else if (command.access)
		*status = change_access(options->user, command.access == OPT_GRANT_ACCESS);
	else if (read_config(config, options) < 0)
		*status = EXIT_USAGE;
	else if (command.check_config || command.print_config)
		*status = show_config(config, &command);
	else
		return false;
	return true;
}
