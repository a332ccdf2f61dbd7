/* SPDX-License-Identifier: MIT */
/*
 * The options of xenav-record, and the objects that they select.
 */
#include <config.h>

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/options.h"
#include "record.h"

/* A change of a picture is seen within a tenth of a second. */
#define REFRESH_DEFAULT_HZ 10
#define REFRESH_MAX_HZ     60

/* Recordings are private to their owner, and end after six hours of compact disc quality unless the
 * user asks for more. */
#define MODE_DEFAULT      0600
#define MAX_FILES_DEFAULT 10000
#define MAX_BYTES_DEFAULT (UINT64_C(4) << 30)

bool record_selects(const struct record *r, uint32_t domid, uint32_t devid, const char *domain_name,
		    const char *unique_id)
{
	return selection_has_domain(&r->opt.common.selection, domid, domain_name) &&
	       selection_has_object(&r->opt.common.selection, devid, unique_id);
}

static const struct args args;

/* clang-format off */
static const char usage[] =
	"Usage: xenav-record [OPTION]...\n"
	"Record the sound and pictures of Xen guests as WAV and PNG files, until interrupted.\n"
	"\n"
	COMMON_USAGE_SOCKET
	"  --output=DIR        folder for the files (.)\n"
	"  --mode=OCTAL        mode of files (600), and of DIR if it is made\n"
	"  --max-files=N       files of each guest (10000; 0: no limit)\n"
	"  --max-bytes=N[KMGT] bytes in the files of each guest (4G; 0: no limit)\n"
	COMMON_USAGE_SELECTION
	"  --frames=newest     one picture per connector, the last one shown (default)\n"
	"  --frames=all        a picture of every frame shown\n"
	"  --frames=every=N    a picture of one in N\n"
	"  --refresh=HZ        looks per second at an unchanged picture (10; 0: none)\n"
	"  --feed=FILE         sound for guests that record (default: capture is not claimed)\n"
	"  --direct            read the guest's own memory, where xenavd allows it\n"
	"  --watch             record without driving, beside another consumer\n"
	"  --no-sound          no streams\n"
	"  --no-display        no connectors\n"
	COMMON_USAGE_RECONNECT
	COMMON_USAGE_END;
/* clang-format on */

static int parse_frames(void *options, const char *arg)
{
	struct record_options *o = options;

	if (!strcmp(arg, "newest")) {
		o->every = 0;
	} else if (!strcmp(arg, "all")) {
		o->every = 1;
	} else if (!strncmp(arg, "every=", 6) && args_number(arg + 6, INT_MAX) > 0) {
		o->every = (unsigned long)args_number(arg + 6, INT_MAX);
	} else {
		return args_wrong(&args, "--frames must be newest, all or every=N, not '%s'", arg);
	}
	return -1;
}

static int parse_refresh(void *options, const char *arg)
{
	struct record_options *o = options;
	const long hz = args_number(arg, REFRESH_MAX_HZ);

	if (hz < 0)
		return args_wrong(&args, "--refresh must be a number from 0 to %d, not '%s'",
				  REFRESH_MAX_HZ, arg);
	o->refresh_hz = (unsigned long)hz;
	return -1;
}

/* The owner has to read and write the files; no file is executable. */
static int parse_mode(void *options, const char *arg)
{
	struct record_options *o = options;
	char *end;
	const unsigned long mode = strtoul(arg, &end, 8);

	if (*arg < '0' || *arg > '7' || *end || (mode & ~0666ul) || (mode & 0600) != 0600)
		return args_wrong(&args, "--mode must be an octal number from 600 to 666, not '%s'",
				  arg);
	o->limits.mode = (mode_t)mode;
	return -1;
}

static int parse_max_files(void *options, const char *arg)
{
	struct record_options *o = options;
	const long n = args_number(arg, LONG_MAX);

	if (n < 0)
		return args_wrong(&args, "--max-files must be a number, not '%s'", arg);
	o->limits.max_files = (uint64_t)n;
	return -1;
}

static int parse_max_bytes(void *options, const char *arg)
{
	struct record_options *o = options;
	static const char units[] = "KMGT";
	const size_t len = strlen(arg);
	const char *const unit = len ? strchr(units, arg[len - 1]) : NULL;
	const unsigned int shift = unit ? 10 * (unsigned int)(unit - units + 1) : 0;
	char digits[32];
	long n = -1;

	if (len < sizeof digits) {
		snprintf(digits, sizeof digits, "%.*s", (int)(unit ? len - 1 : len), arg);
		n = args_number(digits, LONG_MAX >> shift);
	}
	if (n < 0)
		return args_wrong(&args,
				  "--max-bytes must be a number with an optional K, M, G or T "
				  "(powers of 1024), not '%s'",
				  arg);
	o->limits.max_bytes = (uint64_t)n << shift;
	return -1;
}

#define FIELD(name) offsetof(struct record_options, name)

static const struct args_row rows[] = {
	COMMON_ROWS_DRIVER(struct record_options, common),
	{"output", ARGS_TEXT, FIELD(output), NULL},
	{"mode", ARGS_PARSED, 0, parse_mode},
	{"max-files", ARGS_PARSED, 0, parse_max_files},
	{"max-bytes", ARGS_PARSED, 0, parse_max_bytes},
	{"frames", ARGS_PARSED, 0, parse_frames},
	{"refresh", ARGS_PARSED, 0, parse_refresh},
	{"feed", ARGS_TEXT, FIELD(feed), NULL},
	{"direct", ARGS_FLAG, FIELD(direct), NULL},
	{"no-sound", ARGS_FLAG, FIELD(no_sound), NULL},
	{"no-display", ARGS_FLAG, FIELD(no_display), NULL},
	{0},
};

static const struct args args = {"xenav-record", COMMON_EXIT_USAGE, rows, NULL};

int record_parse(struct record_options *o, int argc, char **argv)
{
	int rc;

	*o = (struct record_options){
		.common = COMMON_OPTIONS_DEFAULT,
		.output = ".",
		.refresh_hz = REFRESH_DEFAULT_HZ,
		.limits = {MODE_DEFAULT, MAX_FILES_DEFAULT, MAX_BYTES_DEFAULT},
	};
	rc = common_options_read(&o->common, &args, o, usage, argc, argv);
	if (rc != ARGS_GO_ON)
		return rc;
	if (o->feed && o->common.watch)
		return args_wrong(&args, "--feed and --watch exclude each other");
	if (o->feed && access(o->feed, R_OK) < 0) {
		fprintf(stderr, "xenav-record: Cannot read %s: %s\n", o->feed, strerror(errno));
		return EXIT_FAILURE;
	}
	return -1;
}
