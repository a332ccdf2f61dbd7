/* SPDX-License-Identifier: MIT */
/* See count-fds.h. */
#include <config.h>

#include <dirent.h>
#include <stddef.h>

#include "count-fds.h"

int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	if (!dir)
		return -1;
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}
