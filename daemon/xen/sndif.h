/* SPDX-License-Identifier: MIT */
/* The sound protocol's header of libxen-dev, with what it needs. */
#ifndef XENAVD_SNDIF_H
#define XENAVD_SNDIF_H

#include <stdint.h>

#include "xen/barrier.h"
#include <xen/xen.h>

#include <xen/grant_table.h>
#include <xen/io/ring.h>
#include <xen/io/sndif.h>

#endif
