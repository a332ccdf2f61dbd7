/* SPDX-License-Identifier: MIT */
/* See names.h. */
#include <config.h>

#include <string.h>

#include "wire/names.h"

bool names_connector(const char *input_id, const char *connector_id)
{
	const size_t len = strlen(connector_id);

	while (*input_id) {
		const size_t part = strcspn(input_id, ";");
		const size_t prefix = part > 2 && input_id[1] == ':' ? 2 : 0;

		if (part > 0 && part - prefix == len &&
		    memcmp(input_id + prefix, connector_id, len) == 0)
			return true;
		input_id += part;
		input_id += *input_id == ';';
	}
	return false;
}
