/* SPDX-License-Identifier: MIT */
/* The status as a JSON document, as xenavctl(1) describes it. */
#ifndef XENAVCTL_DOCUMENT_H
#define XENAVCTL_DOCUMENT_H

#include <json-c/json.h>
#include <stdint.h>

#include "status.h"

/* The version of all documents: raised when something in them is removed or means something else.
 */
#define DOCUMENT_VERSION 1

/* A new document of that kind, with "version" and "kind". */
struct json_object *document_new(const char *kind);

/* The status as a whole. */
struct json_object *document_status(const struct status *status);

/* Add a member: text made fit, a number, yes or no. */
void document_text(struct json_object *to, const char *name, const char *text);
void document_number(struct json_object *to, const char *name, uint64_t number);
void document_bool(struct json_object *to, const char *name, int yes);

/* Print it, on one line or several, and free it. */
void document_print(struct json_object *document, int pretty);

#endif
