/* SPDX-License-Identifier: MIT */
/* The display protocol's header of libxen-dev, with what it needs. */
#ifndef XENAVD_DISPLIF_H
#define XENAVD_DISPLIF_H

#include <stdint.h>

#include "xen/barrier.h"
#include <xen/xen.h>

#include <xen/grant_table.h>
#include <xen/io/displif.h>
#include <xen/io/ring.h>

#endif
