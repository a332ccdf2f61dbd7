/* SPDX-License-Identifier: MIT */
/* From a member to the structure that it is embedded in; from a const one, too. */
#ifndef XENAVD_CONTAINER_H
#define XENAVD_CONTAINER_H

#include <stddef.h>
#include <stdint.h>

#define CONTAINER(ptr, type, member) ((type *)((uintptr_t)(ptr)-offsetof(type, member)))

#endif
