/* SPDX-License-Identifier: MIT */
/* See options.h. */
#include <config.h>

#include <getopt.h>
#include <stddef.h>

#include "vnc/options.h"

#define DEFAULT_FPS 30
#define MAX_FPS     60
#define MAX_IDLE_S  (7 * 86400)
#define NOVNC_DIR   "/usr/share/novnc"

static const struct args args;

/* clang-format off */
static const char usage[] =
	"Usage: xenav-vnc --domain=ID|NAME [OPTION]...\n"
	"Show a guest's screens to VNC clients, with its sound, and let them type and point.\n"
	"\n"
	COMMON_USAGE_SOCKET
	COMMON_USAGE_SELECTION
	"  --listen=ADDRESS    unix:PATH, HOST:PORT or PORT of localhost (127.0.0.1:5900)\n"
	"  --web=ADDRESS       serve a page with noVNC and sound to browsers: unix:PATH,\n"
	"                      HOST:PORT with a numeric HOST, or PORT of localhost\n"
	"  --tls-cert=FILE, --tls-key=FILE\n"
	"                      HTTPS with this certificate and key (PEM)\n"
	"  --web-origin=URL    admit pages from there, too: of a reverse proxy\n"
	"  --novnc=DIR         noVNC (" NOVNC_DIR ")\n"
	"  --web-page=DIR      the page (" VNC_PAGE_DIR ")\n"
	"  --separate=N        N servers with a connector each, at the next ports\n"
	"  --name=NAME         of the desktop (that of the guest)\n"
	"  --password-file=FILE\n"
	"                      clients need the password in its first line\n"
	"  --no-password       none, not even at addresses that others reach\n"
	"  --one-client        one client at a time\n"
	"  --idle=SECONDS      disconnect a client that types and points nothing for so long\n"
	"  --view-only         clients look and listen only\n"
	"  --paste             type what a client has in its clipboard\n"
	"  --layout=LAYOUT     keyboard layout of the guest (us)\n"
	"  --max-fps=N         pictures in a second (30)\n"
	"  --no-sound          leave the guest's sound alone\n"
	"  --watch             hear what another program plays\n"
	COMMON_USAGE_RECONNECT
	COMMON_USAGE_END;
/* clang-format on */

static int add_address(void *options, const char *arg)
{
	struct vnc_options *o = options;

	if (o->n_addresses == MAX_ADDRESSES)
		return args_wrong(&args, "--listen is given more than %d times", MAX_ADDRESSES);
	o->addresses[o->n_addresses++] = arg;
	return ARGS_GO_ON;
}

#define ROW(option, kind, field, parse)                                                            \
	{                                                                                          \
		option, kind, offsetof(struct vnc_options, field), parse                           \
	}

static const struct args_row rows[] = {
	COMMON_ROWS_DRIVER(struct vnc_options, common),
	ROW("listen", ARGS_PARSED, addresses, add_address),
	ROW("web", ARGS_TEXT, web, NULL),
	ROW("web-page", ARGS_TEXT, web_page, NULL),
	ROW("web-origin", ARGS_TEXT, web_origin, NULL),
	ROW("novnc", ARGS_TEXT, novnc, NULL),
	ROW("tls-cert", ARGS_TEXT, tls_cert, NULL),
	ROW("tls-key", ARGS_TEXT, tls_key, NULL),
	ROW("separate", ARGS_NUMBER, separate, NULL),
	ROW("name", ARGS_TEXT, name, NULL),
	ROW("password-file", ARGS_TEXT, password_file, NULL),
	ROW("no-password", ARGS_FLAG, no_password, NULL),
	ROW("one-client", ARGS_FLAG, one_client, NULL),
	ROW("idle", ARGS_NUMBER, idle_s, NULL),
	ROW("view-only", ARGS_FLAG, view_only, NULL),
	ROW("paste", ARGS_FLAG, paste, NULL),
	ROW("layout", ARGS_TEXT, layout, NULL),
	ROW("max-fps", ARGS_NUMBER, max_fps, NULL),
	ROW("no-sound", ARGS_FLAG, no_sound, NULL),
	{NULL, ARGS_TEXT, 0, NULL},
};

static const struct args args = {
	.program = "xenav-vnc",
	.usage = COMMON_EXIT_USAGE,
	.rows = rows,
};

static int check(const struct vnc_options *o, int argc)
{
	if (optind < argc)
		return args_wrong(&args, "There are only options");
	if (!o->common.selection.domain)
		return args_wrong(&args, "--domain is missing: the guest to show");
	if (o->max_fps < 1 || o->max_fps > MAX_FPS)
		return args_wrong(&args, "--max-fps must be from 1 to %d", MAX_FPS);
	if (o->separate > MAX_SCREENS)
		return args_wrong(&args, "--separate must be from 0 to %d", MAX_SCREENS);
	if (o->idle_s > MAX_IDLE_S)
		return args_wrong(&args, "--idle must be from 0 to %d", MAX_IDLE_S);
	if (!o->tls_cert != !o->tls_key)
		return args_wrong(&args, "--tls-cert and --tls-key belong together");
	if (o->password_file && o->no_password)
		return args_wrong(&args, "--password-file and --no-password exclude each other");
	return ARGS_GO_ON;
}

int vnc_options_parse(struct vnc_options *o, int argc, char **argv)
{
	int rc;

	*o = (struct vnc_options){
		.common = COMMON_OPTIONS_DEFAULT,
		.layout = "us",
		.max_fps = DEFAULT_FPS,
		.novnc = NOVNC_DIR,
		.web_page = VNC_PAGE_DIR,
	};
	rc = common_options_read(&o->common, &args, o, usage, argc, argv);
	if (rc == ARGS_GO_ON)
		rc = check(o, argc);
	return rc;
}
