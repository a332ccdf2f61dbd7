/* SPDX-License-Identifier: MIT */
/* Looks of the store thread at the devices that are marked: what they cost, and what they find. */
#ifndef XENAVD_STORE_LOOK_H
#define XENAVD_STORE_LOOK_H

#include <stdbool.h>

struct knowledge;
struct known;
struct order;

/* Post a view of every marked device. @return false when another try is due. */
bool store_look_at_dirty(struct knowledge *k);

/* Carry out an order to write a state; the view that shows the result becomes due. */
void store_carry_out(struct knowledge *k, struct known *known, const struct order *order);

#endif
