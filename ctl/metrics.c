/* SPDX-License-Identifier: MIT */
/* metrics: counters and gauges as OpenMetrics text, see families.h. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl.h"
#include "families.h"

/* Everybody may read it, as node-exporter has to. */
#define FILE_MODE 0644

static int write_all(FILE *file, const struct status *status)
{
	families_print(file, status);
	if (fflush(file) != 0 || ferror(file))
		return -EIO;
	return 0;
}

/* Under another name first, so that nobody reads half of it. @return 0 or -errno. */
static int write_file(const char *path, const struct status *status)
{
	char *temporary;
	FILE *file = NULL;
	int fd, rc;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	fd = mkstemp(temporary);
	if (fd < 0) {
		rc = -errno;
		free(temporary);
		return rc;
	}
	rc = fchmod(fd, FILE_MODE) < 0 ? -errno : 0;
	file = rc == 0 ? fdopen(fd, "w") : NULL;
	if (rc == 0)
		rc = file ? write_all(file, status) : -errno;
	if (file ? fclose(file) != 0 : close(fd) != 0)
		rc = rc < 0 ? rc : -errno;
	if (rc == 0 && rename(temporary, path) < 0)
		rc = -errno;
	if (rc < 0)
		unlink(temporary);
	free(temporary);
	return rc;
}

int cmd_metrics(const struct ctl *ctl)
{
	struct status status;
	int rc;

	rc = ctl_look(ctl, NULL, &status);
	if (rc != CTL_OK)
		return rc;
	if (!ctl->output) {
		families_print(stdout, &status);
		rc = ctl_flush();
	} else {
		rc = write_file(ctl->output, &status);
		if (rc < 0)
			rc = ctl_fail(CTL_UNAVAILABLE, "cannot write %s: %s", ctl->output,
				      strerror(-rc));
	}
	status_free(&status);
	return rc;
}
