/* SPDX-License-Identifier: MIT */
/* The command line of xenav-vnc. */
#ifndef XENAV_VNC_OPTIONS_H
#define XENAV_VNC_OPTIONS_H

#include <stdbool.h>

#include "common/options.h"

#define MAX_ADDRESSES 16
#define MAX_SCREENS   16

struct vnc_options {
	struct common_options common;
	const char *addresses[MAX_ADDRESSES]; /* --listen */
	unsigned int n_addresses;
	long separate;             /* --separate: servers, one for each connector; 0: one for all */
	const char *password_file; /* --password-file */
	bool no_password;          /* --no-password */
	bool one_client;           /* --one-client */
	long idle_s;               /* --idle; 0: no limit */
	bool view_only;            /* --view-only */
	bool paste;                /* --paste */
	bool no_sound;             /* --no-sound */
	long max_fps;              /* --max-fps */
	const char *layout;        /* --layout */
	const char *web;           /* --web: address of the page, or NULL */
	const char *web_page;      /* --web-page: its folder */
	const char *web_origin;    /* --web-origin, or NULL */
	const char *novnc;         /* --novnc: its folder */
	const char *tls_cert;      /* --tls-cert, --tls-key, or NULL */
	const char *tls_key;
	const char *name; /* --name: of the desktop; NULL: that of the guest */
};

/* @return ARGS_GO_ON or the exit code. */
int vnc_options_parse(struct vnc_options *o, int argc, char **argv);

#endif
