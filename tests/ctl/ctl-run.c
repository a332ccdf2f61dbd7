/* SPDX-License-Identifier: MIT */
/* See ctl-run.h. */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl-run.h"
#include "unit/test.h"

const char *run_socket;

void run_start(struct run *run, const char *words)
{
	const char *build = getenv("top_builddir");
	char program[512], socket[64], all[256];
	char *argv[16] = {program, socket};
	int ends[2], n = 2;

	snprintf(program, sizeof program, "%s/xenavctl", build ? build : ".");
	snprintf(socket, sizeof socket, "--socket=%s", run_socket);
	snprintf(all, sizeof all, "%s", words);
	for (char *word = strtok(all, " "); word; word = strtok(NULL, " "))
		argv[n++] = word;
	assert_int_equal(pipe(ends), 0);
	run->pid = fork();
	assert_true(run->pid >= 0);
	if (run->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execv(program, argv);
		_exit(127);
	}
	close(ends[1]);
	run->out = fdopen(ends[0], "r");
	assert_non_null(run->out);
}

int run_end(struct run *run)
{
	int status;

	fclose(run->out);
	assert_int_equal(waitpid(run->pid, &status, 0), run->pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

int run_all(const char *words, char *text, size_t size)
{
	struct run run;
	size_t n;

	run_start(&run, words);
	n = fread(text, 1, size - 1, run.out);
	text[n] = '\0';
	return run_end(&run);
}

static char text[262144];

struct json_object *run_document(const char *words)
{
	struct json_object *document;

	assert_int_equal(run_all(words, text, sizeof text), 0);
	document = json_tokener_parse(text);
	assert_non_null(document);
	assert_int_equal(json_object_get_int(json_object_object_get(document, "version")), 1);
	return document;
}

struct json_object *at(struct json_object *value, const char *path)
{
	char words[128];

	snprintf(words, sizeof words, "%s", path);
	for (char *word = strtok(words, "/"); word; word = strtok(NULL, "/")) {
		if (json_object_is_type(value, json_type_array))
			value = json_object_array_get_idx(value, (size_t)atoi(word));
		else
			value = json_object_object_get(value, word);
		if (!value)
			fail_msg("there is no %s", path);
	}
	return value;
}

int64_t number(struct json_object *document, const char *path)
{
	return json_object_get_int64(at(document, path));
}

const char *word(struct json_object *document, const char *path)
{
	return json_object_get_string(at(document, path));
}
