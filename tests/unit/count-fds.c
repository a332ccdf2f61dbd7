/* SPDX-License-Identifier: MIT */
/* See count-fds.h. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "count-fds.h"
#include "test.h"

int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

int count_maps(const char *name)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	int n = 0;

	assert_non_null(maps);
	while (fgets(line, sizeof line, maps))
		n += strstr(line, name) != NULL;
	fclose(maps);
	return n;
}
