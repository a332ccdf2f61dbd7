/* SPDX-License-Identifier: MIT */
/* Xen's ring.h, with barriers in place of those that it takes from a kernel. */
#ifndef XENAVD_BARRIER_H
#define XENAVD_BARRIER_H

#include <stddef.h>
#include <stdint.h>
#include <xen/io/ring.h>

#undef xen_mb
#undef xen_rmb
#undef xen_wmb
#define xen_mb()  __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define xen_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define xen_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)

#endif
