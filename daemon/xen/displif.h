/* SPDX-License-Identifier: MIT */
/* The interface header of the display protocol, as libxen-dev ships it. */
#ifndef XENAVD_DISPLIF_H
#define XENAVD_DISPLIF_H

#include <stdint.h>

#include "xen/barrier.h"
#include <xen/xen.h>

#include <xen/grant_table.h>
#include <xen/io/displif.h>
#include <xen/io/ring.h>

#endif
