/* SPDX-License-Identifier: MIT */
/* The parameters that a stream allows: the answer to HW_PARAM_QUERY, and the check of OPEN.
 * Pure. */
#ifndef XENAVD_HWPARAMS_H
#define XENAVD_HWPARAMS_H

#include "sound/published.h"
#include "xen/sndif.h"

/*
 * Narrow a configuration space to the limits of a stream (sndif.h, XENSND_OP_HW_PARAM_QUERY).
 * Buffer and period are in frames.  No buffer of less than 8 ms and no period of less than 2 ms is
 * offered, unless the stream allows no more; but an opening may have them, see
 * hwparams_check_open().
 *
 * @return 0, or -EINVAL when nothing is left.
 */
int hwparams_narrow(const struct stream_limits *limits, struct xensnd_query_hw_param *space);

/* The space without any restriction. */
#define HWPARAMS_ANY                                                                               \
	{                                                                                          \
		.formats = UINT64_MAX, .rates = {0, UINT32_MAX}, .channels = {0, UINT32_MAX},      \
		.buffer = {0, UINT32_MAX}, .period = {0, UINT32_MAX},                              \
	}

/* Narrow a space to its intersection with another one, which may be empty. */
void hwparams_intersect(const struct xensnd_query_hw_param *with,
			struct xensnd_query_hw_param *space);

/*
 * May a stream be opened with these parameters (sndif.h, XENSND_OP_OPEN)?
 *
 * @param problem the parameter that is wrong, if any; a constant string
 * @return 0 or -EINVAL.
 */
int hwparams_check_open(const struct stream_limits *limits, const struct xensnd_open_req *req,
			const char **problem);

/*
 * Is an opening that the stream allows inside of this space?  An opening without a period is inside
 * of any.
 *
 * @param problem the parameter that is outside, if any; a constant string
 * @return 0 or -EINVAL.
 */
int hwparams_check_inside(const struct xensnd_query_hw_param *space,
			  const struct xensnd_open_req *req, const char **problem);

#endif
