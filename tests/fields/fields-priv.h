/* SPDX-License-Identifier: MIT */
/* Shared by the tables and fields.c. */
#ifndef XENAVD_TEST_FIELDS_PRIV_H
#define XENAVD_TEST_FIELDS_PRIV_H

#include "fields.h"

/* The requests before this one: each state includes the one above it. */
enum { SOUND_CLOSED, SOUND_OPEN };
enum { NO_DBUF, DBUF, FB, CONFIGURED };

#define FIELD_AT(type, member) offsetof(type, member), sizeof(((type *)0)->member)

/* The last four reserved bytes of a header. */
#define FIELD_RESERVED 4, 4

#define OK   0
#define INV  (-EINVAL)
#define NOEN (-ENOENT)
#define NOSP (-ENOSPC)
#define FLT  (-EFAULT)
#define EIO_ (-EIO)

/* Above 32 bits, so that nobody gets away with half a cookie. */
#define DBUF_COOKIE (UINT64_C(1) << 40)
#define FB_COOKIE   (UINT64_C(1) << 41)

#endif
