/* SPDX-License-Identifier: MIT */
/* Try the inputs that are known, in the order of their names, and report in TAP. */
#include <config.h>

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

static int replay(const char *path)
{
	FILE *file = fopen(path, "re");
	uint8_t *data;
	size_t n;

	if (!file)
		return -errno;
	data = malloc(1 << 20);
	n = data ? fread(data, 1, 1 << 20, file) : 0;
	fclose(file);
	if (data)
		LLVMFuzzerTestOneInput(data, n);
	free(data);
	return data ? 0 : -ENOMEM;
}

int main(void)
{
	const char *top = getenv("top_srcdir");
	char pattern[512];
	unsigned n_failed = 0;
	glob_t found = {0};

	snprintf(pattern, sizeof pattern, "%s/tests/fuzz/corpus/%s/*", top ? top : ".", FUZZ_NAME);
	if (glob(pattern, 0, NULL, &found) != 0) {
		printf("Bail out! There is nothing at %s\n", pattern);
		return EXIT_FAILURE;
	}
	printf("1..%zu\n", found.gl_pathc);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const int rc = replay(found.gl_pathv[i]);

		n_failed += rc < 0;
		printf("%sok %zu - %s\n", rc < 0 ? "not " : "", i + 1,
		       strrchr(found.gl_pathv[i], '/') + 1);
		fflush(stdout);
	}
	globfree(&found);
	return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
