/* SPDX-License-Identifier: MIT */
/* The interface header of the sound protocol, as libxen-dev ships it. */
#ifndef XENAVD_SNDIF_H
#define XENAVD_SNDIF_H

#include <stdint.h>

#include "xen/barrier.h"
#include <xen/xen.h>

#include <xen/grant_table.h>
#include <xen/io/ring.h>
#include <xen/io/sndif.h>

#endif
