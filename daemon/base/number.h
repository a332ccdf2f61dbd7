/* SPDX-License-Identifier: MIT */
/* Numbers in text that others have written. */
#ifndef XENAVD_NUMBER_H
#define XENAVD_NUMBER_H

#include <stdint.h>

/* A decimal number of at most max: the whole string, digits only. @return 0 or -EINVAL. */
int parse_u32(const char *text, uint32_t max, uint32_t *out);
int parse_u16(const char *text, uint16_t *out);

#endif
