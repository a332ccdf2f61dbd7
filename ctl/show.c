/* SPDX-License-Identifier: MIT */
/* show: all that is known, one line for each fact. */
#include <config.h>

#include <stdio.h>

#include "ctl.h"
#include "document.h"

static void print_indented(struct json_object *value, int depth);

static void print_member(const char *name, struct json_object *value, int depth)
{
	const enum json_type type = json_object_get_type(value);

	if (type == json_type_array && json_object_array_length(value) == 0)
		return;
	if (type != json_type_object && type != json_type_array) {
		printf("%*s%s: %s\n", 2 * depth, "", name, json_object_get_string(value));
		return;
	}
	printf("%*s%s:\n", 2 * depth, "", name);
	print_indented(value, depth + 1);
}

/* As in YAML: a dash begins an element. */
static void print_element(struct json_object *element, int depth)
{
	printf("%*s-\n", 2 * depth, "");
	print_indented(element, depth + 1);
}

static void print_indented(struct json_object *value, int depth)
{
	if (json_object_get_type(value) == json_type_array) {
		for (size_t i = 0; i < json_object_array_length(value); i++)
			print_element(json_object_array_get_idx(value, i), depth);
		return;
	}
	json_object_object_foreach(value, name, member) print_member(name, member, depth);
}

static int print(const struct ctl *ctl, const struct status *status)
{
	struct json_object *document = document_status(status);

	if (ctl->argc > 1)
		json_object_object_del(document, "daemon");
	if (ctl->json) {
		document_print(document, 1);
		return ctl_flush();
	}
	json_object_object_del(document, "version");
	json_object_object_del(document, "kind");
	print_indented(document, 0);
	json_object_put(document);
	return ctl_flush();
}

int cmd_show(const struct ctl *ctl)
{
	struct status status;
	int rc;

	rc = ctl_look(ctl, ctl->argc > 1 ? ctl->argv[1] : NULL, &status);
	if (rc != CTL_OK)
		return rc;
	rc = print(ctl, &status);
	status_free(&status);
	return rc;
}
