/* SPDX-License-Identifier: MIT */
/* See wire-pair.h. */
#include <config.h>

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire-pair.h"

int pair_setup(void **state)
{
	struct pair *p = calloc(1, sizeof *p);
	int socks[2];

	assert_non_null(p);
	leaks_before(&p->leaks);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks), 0);
	p->a = socks[0];
	p->b = socks[1];
	*state = p;
	return 0;
}

int pair_teardown(void **state)
{
	struct pair *p = *state;

	if (p->a >= 0)
		close(p->a);
	close(p->b);
	leaks_after(&p->leaks);
	free(p);
	return 0;
}
