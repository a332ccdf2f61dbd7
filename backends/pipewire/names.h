/* SPDX-License-Identifier: MIT */
/*
 * Names of guests and their objects, for people and for the rules of session managers.  They come
 * from the guest's configuration: of its bytes, only printable characters of UTF-8 are taken.
 */
#ifndef XENAV_PIPEWIRE_NAMES_H
#define XENAV_PIPEWIRE_NAMES_H

#include "xenav.h"

#define NAME_BYTES 192

struct names {
	char domain[NAME_BYTES];      /* the guest: "web", or "domain-7" */
	char unique_id[NAME_BYTES];   /* of the stream or connector, "" if it has none */
	char media[NAME_BYTES];       /* name in the guest: "General (play)" */
	char node[NAME_BYTES];        /* node.name: the same after a restart, and no other has it */
	char description[NAME_BYTES]; /* node.description: "web: General (play)" */
	char domid[12];
};

void names_of_stream(struct names *names, const struct xenav_stream_info *info);
void names_of_connector(struct names *names, const struct xenav_connector_info *info);

#endif
