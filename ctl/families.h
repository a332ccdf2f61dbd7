/* SPDX-License-Identifier: MIT */
/* The metrics of xenavd: their names, and where the status has them. */
#ifndef XENAVCTL_FAMILIES_H
#define XENAVCTL_FAMILIES_H

#include <stdio.h>

#include "status.h"

/* Print all of them as OpenMetrics text, to its end. */
void families_print(FILE *file, const struct status *status);

#endif
