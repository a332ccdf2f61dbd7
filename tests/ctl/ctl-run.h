/* SPDX-License-Identifier: MIT */
/* Running xenavctl, and looking at what it prints.  All functions assert. */
#ifndef XENAV_TEST_CTL_RUN_H
#define XENAV_TEST_CTL_RUN_H

#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* The socket of all that follows. */
extern const char *run_socket;

struct run {
	pid_t pid;
	FILE *out;
};

/* The command line is one string, of words without blanks. */
void run_start(struct run *run, const char *words);

/* @return its exit code. */
int run_end(struct run *run);

/* @return the exit code; all that it printed is in text. */
int run_all(const char *words, char *text, size_t size);

/* The JSON document that it prints, for json_object_put(); it ends with 0. */
struct json_object *run_document(const char *words);

/* The member at a path such as "guests/0/name". */
struct json_object *at(struct json_object *value, const char *path);
int64_t number(struct json_object *document, const char *path);
const char *word(struct json_object *document, const char *path);

#endif
