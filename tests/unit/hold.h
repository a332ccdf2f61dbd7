/* SPDX-License-Identifier: MIT */
/* Threads of a child that a test keeps from running, as a debugger does. */
#ifndef XENAV_TEST_HOLD_H
#define XENAV_TEST_HOLD_H

#include <errno.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "unit/test.h"

/* The thread stands still until PTRACE_DETACH.  If it ends before, waitpid() with __WALL has to
 * take it before the end of its process can be seen. */
static inline void hold_thread(pid_t tid)
{
	assert_return_code(ptrace(PTRACE_SEIZE, tid, NULL, NULL), errno);
	assert_return_code(ptrace(PTRACE_INTERRUPT, tid, NULL, NULL), errno);
	assert_int_equal(waitpid(tid, NULL, __WALL), tid);
}

#endif
