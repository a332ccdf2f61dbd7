/* SPDX-License-Identifier: MIT */
/* Input devices as objects of the registry: how they are announced and claimed. */
#ifndef XENAVD_INPUTS_H
#define XENAVD_INPUTS_H

#include "input/input.h"

/* To be given to the engine, with the server as its data. */
extern const struct input_observer server_inputs;

#endif
