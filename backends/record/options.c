/* SPDX-License-Identifier: MIT */
/*
 * The options of xenav-record, and what they select.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record.h"

#define EXIT_USAGE 2

/* A guest is seen within a tenth of a second, whatever it does. */
#define REFRESH_DEFAULT_HZ 10
#define REFRESH_MAX_HZ     60

/* What a guest plays and shows is its owner's business, and six hours of a compact disc are enough
 * of it before somebody has to say that they want more. */
#define MODE_DEFAULT      0600
#define MAX_FILES_DEFAULT 10000
#define MAX_BYTES_DEFAULT (UINT64_C(4) << 30)

/* The whole of s as a number, or -1. */
static long number(const char *s, long max)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(s, &end, 10);
	return *s >= '0' && *s <= '9' && !*end && !errno && n <= max ? n : -1;
}

bool record_selects(const struct record *r, uint32_t domid, uint32_t devid, const char *domain_name,
		    const char *unique_id)
{
	const struct record_options *o = &r->opt;

	if (o->domain && strcmp(o->domain, domain_name) != 0 &&
	    number(o->domain, INT_MAX) != (long)domid)
		return false;
	if (o->device >= 0 && o->device != (long)devid)
		return false;
	return !o->unique_id || !strcmp(o->unique_id, unique_id);
}

static void usage(FILE *to)
{
	fputs("Usage: xenav-record [OPTION]...\n"
	      "Keep what Xen guests play and show as WAV and PNG files, until interrupted.\n"
	      "\n"
	      "  --socket=PATH       of xenavd (" XENAV_DEFAULT_SOCKET ")\n"
	      "  --output=DIR        where files go (.)\n"
	      "  --mode=OCTAL        of files (600), and of DIR if it is made\n"
	      "  --max-files=N       of each guest (10000; 0: no limit)\n"
	      "  --max-bytes=N[KMGT] of the files of each guest (4G; 0: no limit)\n"
	      "  --domain=ID|NAME    only of this guest\n"
	      "  --device=DEVID      only of this sound card or display\n"
	      "  --unique-id=ID      only the stream or connector with this unique-id\n"
	      "  --frames=newest     one picture per connector, the last one shown (default)\n"
	      "  --frames=all        a picture of every frame shown\n"
	      "  --frames=every=N    a picture of one in N\n"
	      "  --refresh=HZ        how often to look at what did not change (10; 0: never)\n"
	      "  --feed=FILE         what guests record (otherwise their capture is left alone)\n"
	      "  --direct            look into the guest's memory itself, where xenavd allows it\n"
	      "  --watch             record without driving, beside whoever plays and shows\n"
	      "  --no-sound          no streams\n"
	      "  --no-display        no connectors\n"
	      "  --reconnect         wait for xenavd if it is not there, or goes away\n"
	      "  --quiet             only say what goes wrong\n"
	      "  --version           print the version\n"
	      "  --help              print this\n",
	      to);
}

static bool parse_frames(struct record_options *o, const char *arg)
{
	if (!strcmp(arg, "newest")) {
		o->every = 0;
	} else if (!strcmp(arg, "all")) {
		o->every = 1;
	} else if (!strncmp(arg, "every=", 6) && number(arg + 6, INT_MAX) > 0) {
		o->every = (unsigned long)number(arg + 6, INT_MAX);
	} else {
		fprintf(stderr, "xenav-record: --frames is newest, all or every=N, not %s\n", arg);
		return false;
	}
	return true;
}

static bool parse_refresh(struct record_options *o, const char *arg)
{
	const long hz = number(arg, REFRESH_MAX_HZ);

	if (hz < 0) {
		fprintf(stderr, "xenav-record: --refresh is a number from 0 to %d, not %s\n",
			REFRESH_MAX_HZ, arg);
		return false;
	}
	o->refresh_hz = (unsigned long)hz;
	return true;
}

/* The owner has to read what it writes, and nobody has to run it. */
static bool parse_mode(struct record_options *o, const char *arg)
{
	char *end;
	const unsigned long mode = strtoul(arg, &end, 8);

	if (*arg < '0' || *arg > '7' || *end || (mode & ~0666ul) || (mode & 0600) != 0600) {
		fprintf(stderr, "xenav-record: --mode is an octal number from 600 to 666, not %s\n",
			arg);
		return false;
	}
	o->limits.mode = (mode_t)mode;
	return true;
}

static bool parse_max_files(struct record_options *o, const char *arg)
{
	const long n = number(arg, LONG_MAX);

	if (n < 0) {
		fprintf(stderr, "xenav-record: --max-files is a number, not %s\n", arg);
		return false;
	}
	o->limits.max_files = (uint64_t)n;
	return true;
}

static bool parse_max_bytes(struct record_options *o, const char *arg)
{
	static const char units[] = "KMGT";
	const size_t len = strlen(arg);
	const char *const unit = len ? strchr(units, arg[len - 1]) : NULL;
	const unsigned int shift = unit ? 10 * (unsigned int)(unit - units + 1) : 0;
	char digits[32];
	long n = -1;

	if (len < sizeof digits) {
		snprintf(digits, sizeof digits, "%.*s", (int)(unit ? len - 1 : len), arg);
		n = number(digits, LONG_MAX >> shift);
	}
	if (n < 0) {
		fprintf(stderr,
			"xenav-record: --max-bytes is a number, with K, M, G or T behind it for "
			"units of 1024, not %s\n",
			arg);
		return false;
	}
	o->limits.max_bytes = (uint64_t)n << shift;
	return true;
}

enum {
	OPT_SOCKET = 256,
	OPT_OUTPUT,
	OPT_MODE,
	OPT_MAX_FILES,
	OPT_MAX_BYTES,
	OPT_DOMAIN,
	OPT_DEVICE,
	OPT_UNIQUE_ID,
	OPT_FRAMES,
	OPT_REFRESH,
	OPT_FEED,
	OPT_DIRECT,
	OPT_WATCH,
	OPT_NO_SOUND,
	OPT_NO_DISPLAY,
	OPT_RECONNECT,
	OPT_QUIET,
	OPT_VERSION,
	OPT_HELP
};

static const struct option long_options[] = {
	{"socket", required_argument, NULL, OPT_SOCKET},
	{"output", required_argument, NULL, OPT_OUTPUT},
	{"mode", required_argument, NULL, OPT_MODE},
	{"max-files", required_argument, NULL, OPT_MAX_FILES},
	{"max-bytes", required_argument, NULL, OPT_MAX_BYTES},
	{"domain", required_argument, NULL, OPT_DOMAIN},
	{"device", required_argument, NULL, OPT_DEVICE},
	{"unique-id", required_argument, NULL, OPT_UNIQUE_ID},
	{"frames", required_argument, NULL, OPT_FRAMES},
	{"refresh", required_argument, NULL, OPT_REFRESH},
	{"feed", required_argument, NULL, OPT_FEED},
	{"direct", no_argument, NULL, OPT_DIRECT},
	{"watch", no_argument, NULL, OPT_WATCH},
	{"no-sound", no_argument, NULL, OPT_NO_SOUND},
	{"no-display", no_argument, NULL, OPT_NO_DISPLAY},
	{"reconnect", no_argument, NULL, OPT_RECONNECT},
	{"quiet", no_argument, NULL, OPT_QUIET},
	{"version", no_argument, NULL, OPT_VERSION},
	{"help", no_argument, NULL, OPT_HELP},
	{NULL, 0, NULL, 0},
};

/* One option.  Returns -1 to go on, or the exit code. */
static int parse_option(struct record_options *o, int opt)
{
	switch (opt) {
	case OPT_SOCKET:
		o->socket = optarg;
		return -1;
	case OPT_OUTPUT:
		o->output = optarg;
		return -1;
	case OPT_MODE:
		return parse_mode(o, optarg) ? -1 : EXIT_USAGE;
	case OPT_MAX_FILES:
		return parse_max_files(o, optarg) ? -1 : EXIT_USAGE;
	case OPT_MAX_BYTES:
		return parse_max_bytes(o, optarg) ? -1 : EXIT_USAGE;
	case OPT_DOMAIN:
		o->domain = optarg;
		return -1;
	case OPT_DEVICE:
		o->device = number(optarg, INT_MAX);
		if (o->device >= 0)
			return -1;
		fprintf(stderr, "xenav-record: --device is a number, not %s\n", optarg);
		return EXIT_USAGE;
	case OPT_UNIQUE_ID:
		o->unique_id = optarg;
		return -1;
	case OPT_FRAMES:
		return parse_frames(o, optarg) ? -1 : EXIT_USAGE;
	case OPT_REFRESH:
		return parse_refresh(o, optarg) ? -1 : EXIT_USAGE;
	case OPT_FEED:
		o->feed = optarg;
		return -1;
	case OPT_DIRECT:
		o->direct = true;
		return -1;
	case OPT_WATCH:
		o->watch = true;
		return -1;
	case OPT_NO_SOUND:
		o->no_sound = true;
		return -1;
	case OPT_NO_DISPLAY:
		o->no_display = true;
		return -1;
	case OPT_RECONNECT:
		o->reconnect = true;
		return -1;
	case OPT_QUIET:
		o->quiet = true;
		return -1;
	case OPT_VERSION:
		puts("xenav-record " PACKAGE_VERSION);
		return EXIT_SUCCESS;
	case OPT_HELP:
		usage(stdout);
		return EXIT_SUCCESS;
	default:
		fputs("Try xenav-record --help\n", stderr);
		return EXIT_USAGE;
	}
}

int record_parse(struct record_options *o, int argc, char **argv)
{
	int opt, rc;

	*o = (struct record_options){
		.socket = XENAV_DEFAULT_SOCKET,
		.output = ".",
		.device = -1,
		.refresh_hz = REFRESH_DEFAULT_HZ,
		.limits = {MODE_DEFAULT, MAX_FILES_DEFAULT, MAX_BYTES_DEFAULT},
	};
	while ((opt = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		rc = parse_option(o, opt);
		if (rc >= 0)
			return rc;
	}
	if (optind < argc) {
		fprintf(stderr, "xenav-record: unexpected argument %s\n", argv[optind]);
		return EXIT_USAGE;
	}
	if (o->feed && o->watch) {
		fputs("xenav-record: --feed drives a stream, --watch does not\n", stderr);
		return EXIT_USAGE;
	}
	if (o->feed && access(o->feed, R_OK) < 0) {
		fprintf(stderr, "xenav-record: cannot read %s: %s\n", o->feed, strerror(errno));
		return EXIT_FAILURE;
	}
	return -1;
}
