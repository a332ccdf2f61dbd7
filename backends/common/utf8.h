/* SPDX-License-Identifier: MIT */
/* Text in UTF-8. */
#ifndef XENAV_COMMON_UTF8_H
#define XENAV_COMMON_UTF8_H

#include <stdint.h>

/* Read one character of UTF-8. @return its length in bytes, 0 at the end, or -EILSEQ. */
int utf8_next(const char *text, uint32_t *character);

#endif
