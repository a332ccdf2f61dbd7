/* SPDX-License-Identifier: MIT */
/* The interface header of the keyboard, pointer and touch protocol, as libxen-dev ships it. */
#ifndef XENAVD_KBDIF_H
#define XENAVD_KBDIF_H

#include <stdint.h>

#include <xen/io/kbdif.h>

#endif
