/* SPDX-License-Identifier: MIT */
/* The structure that a member is embedded in; the member may be const. */
#ifndef XENAVD_CONTAINER_H
#define XENAVD_CONTAINER_H

#include <stddef.h>
#include <stdint.h>

#define CONTAINER(ptr, type, member) ((type *)((uintptr_t)(ptr)-offsetof(type, member)))

#endif
