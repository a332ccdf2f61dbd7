/* SPDX-License-Identifier: MIT */
/* See side.h. */
#include <config.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "alloc-count.h"
#include "side.h"
#include "store-count.h"
#include "use.h"

const struct side side_now = {.name = "now"};

static uint64_t *allocs;
static pid_t store_proxy;
static char preload[512];

const char *side_config(bool direct)
{
	static char texts[2][256];

	snprintf(texts[direct], sizeof texts[direct],
		 "[guest *]\nbe-alloc = yes\n[consumer user %u]\ndisplay = claim\n"
		 "playback = claim\ncapture = claim\ninput = yes\ndirect = %s\n",
		 (unsigned)geteuid(), direct ? "yes" : "no");
	return texts[direct];
}

static const char *prepare_allocs(void)
{
	const char *build = getenv("top_builddir");
	char path[96];
	int fd;

	snprintf(preload, sizeof preload, "%s/" ALLOC_COUNT_LIBRARY, build ? build : ".");
	if (access(preload, R_OK) < 0)
		return "the library that counts allocations is not built";
	snprintf(path, sizeof path, "%s/allocs", lab.dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, sizeof *allocs) < 0)
		return "there is no file for the number of allocations";
	allocs = mmap(NULL, sizeof *allocs, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (allocs == MAP_FAILED) {
		allocs = NULL;
		return "the number of allocations cannot be mapped";
	}
	setenv(ALLOC_COUNT_ENV, path, 1);
	return NULL;
}

static const char *prepare_store(void)
{
	char near_path[96];
	char far_path[96];

	snprintf(near_path, sizeof near_path, "%s/counted", lab.dir);
	snprintf(far_path, sizeof far_path, "%s/xs/socket", lab.dir);
	store_proxy = store_count_start(near_path, far_path);
	if (store_proxy < 0)
		return "requests to xenstored cannot be counted";
	setenv("XENSTORED_PATH", near_path, 1);
	return NULL;
}

const char *side_start(const struct side *side, const char *config, unsigned counted)
{
	const char *missing = lab_missing();
	const char *problem = NULL;

	if (missing)
		return missing;
	if (lab_start(&lab) < 0)
		return "the lab does not start";
	lab.config = config;
	lab.says_ready = side->is_peer ? "serves domain" : NULL;
	if (counted & SIDE_COUNTS_ALLOCS)
		problem = prepare_allocs();
	if (!problem && counted & SIDE_COUNTS_STORE)
		problem = prepare_store();
	lab_choose_xenavd(side->program, side->libraries,
			  counted & SIDE_COUNTS_ALLOCS ? preload : NULL);
	if (!problem && lab_start_xenavd(&lab) < 0)
		problem = "the daemon does not start";
	/* Only the daemon's. */
	unsetenv("XENSTORED_PATH");
	unsetenv(ALLOC_COUNT_ENV);
	return problem;
}

const char *side_stop(void)
{
	const int status = lab_stop_xenavd(&lab, SIGTERM);

	store_count_stop();
	store_proxy = 0;
	lab_stop(&lab);
	if (allocs)
		munmap(allocs, sizeof *allocs);
	allocs = NULL;
	return status == 0 ? NULL : "the daemon does not end well";
}

uint64_t side_allocs(void)
{
	return allocs ? __atomic_load_n(allocs, __ATOMIC_RELAXED) : 0;
}

bool side_wait_quiet(void)
{
	const pid_t roots[] = {lab.xenavd, lab.xenstored, store_proxy};

	return use_wait_quiet(roots, sizeof roots / sizeof roots[0]);
}
