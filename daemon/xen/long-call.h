/* SPDX-License-Identifier: MIT */
/*
 * Calls on the worker for which the kernel may need half a minute, because a page of a guest is
 * paged out or memory has to be found: the watchdog is patient during one.
 */
#ifndef XENAVD_LONG_CALL_H
#define XENAVD_LONG_CALL_H

/* Around such a call.  Only one thread makes them, one at a time. */
void long_call_begins(void);
void long_call_ended(void);

static inline void long_call_ended_p(const int *)
{
	long_call_ended();
}

/* A function that does nothing else declares it first. */
#define LONG_CALL                                                                                  \
	__attribute__((cleanup(long_call_ended_p))) const int long_call = (long_call_begins(), 0)

/* @return a number of the call that is being made, not 0; 0: there is none.  From any thread. */
unsigned long_call_now(void);

#endif
