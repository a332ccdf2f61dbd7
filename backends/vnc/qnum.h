/* SPDX-License-Identifier: MIT */
/*
 * The numbers that QEMU's extended key events have for keys: scan codes of a PC keyboard (set 1),
 * those behind 0xe0 with bit 7 set.
 */
#ifndef XENAV_VNC_QNUM_H
#define XENAV_VNC_QNUM_H

#include <stdint.h>

/* @return KEY_* of linux/input-event-codes.h, 0: there is no such key. */
uint16_t qnum_to_code(uint32_t qnum);

#endif
