/* SPDX-License-Identifier: MIT */
/* The worker thread: order, and what happens at the end. */
#include <config.h>

#include <event2/event.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "count-fds.h"
#include "xen/worker.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define JOBS       1000

struct task {
	struct job job;
	unsigned ran_as;
	unsigned done_as;
	unsigned again; /* submit it anew that often */
	bool elsewhere; /* it ran on another thread */
};

static struct event_base *base;
static struct worker *worker;
static struct task tasks[JOBS];
static atomic_uint n_ran;
static unsigned n_done;
static pthread_t loop_thread;
static int fds_before;

static void run(struct job *job)
{
	struct task *task = CONTAINER(job, struct task, job);

	task->ran_as = ++n_ran;
	task->elsewhere = !pthread_equal(pthread_self(), loop_thread);
}

static void done(struct job *job)
{
	struct task *task = CONTAINER(job, struct task, job);

	assert_true(pthread_equal(pthread_self(), loop_thread));
	task->done_as = ++n_done;
	if (task->again == 0)
		return;
	task->again--;
	worker_submit(worker, job);
}

static int setup(void **state)
{
	memset(tasks, 0, sizeof tasks);
	n_ran = n_done = 0;
	loop_thread = pthread_self();
	fds_before = count_fds();
	base = event_base_new();
	return worker_start(&worker, base);
}

static int teardown(void **state)
{
	worker_stop(worker);
	event_base_free(base);
	assert_int_equal(count_fds(), fds_before);
	return 0;
}

static void submit(unsigned i)
{
	tasks[i].job.run = run;
	tasks[i].job.done = done;
	worker_submit(worker, &tasks[i].job);
}

static void jobs_run_and_come_home_in_the_order_they_were_submitted(void **state)
{
	for (unsigned i = 0; i < JOBS; i++)
		submit(i);
	while (n_done < JOBS)
		event_base_loop(base, EVLOOP_ONCE);
	for (unsigned i = 0; i < JOBS; i++) {
		assert_int_equal(tasks[i].ran_as, i + 1);
		assert_int_equal(tasks[i].done_as, i + 1);
		assert_true(tasks[i].elsewhere);
	}
}

static void a_job_may_be_submitted_again_when_it_is_done(void **state)
{
	tasks[0].again = 100;
	submit(0);
	while (n_done < 101)
		event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(n_ran, 101);
}

static void stopping_runs_and_delivers_what_was_submitted(void **state)
{
	for (unsigned i = 0; i < JOBS; i++)
		submit(i);
	worker_stop(worker);
	worker = NULL;
	assert_int_equal(n_ran, JOBS);
	assert_int_equal(n_done, JOBS);
}

static void stopping_waits_also_for_what_is_submitted_meanwhile(void **state)
{
	for (unsigned i = 0; i < 20; i++) {
		tasks[i].again = i;
		submit(i);
	}
	worker_stop(worker);
	worker = NULL;
	assert_int_equal(n_ran, 20 + 19 * 20 / 2);
	assert_int_equal(n_done, n_ran);
}

static void see_signals(struct job *job)
{
	struct task *task = CONTAINER(job, struct task, job);
	sigset_t set;

	pthread_sigmask(SIG_SETMASK, NULL, &set);
	task->ran_as = sigismember(&set, SIGTERM) == 1 && sigismember(&set, SIGINT) == 1;
}

static void signals_are_left_to_the_loop(void **state)
{
	sigset_t set;

	tasks[0].job.run = see_signals;
	tasks[0].job.done = done;
	worker_submit(worker, &tasks[0].job);
	while (n_done < 1)
		event_base_loop(base, EVLOOP_ONCE);
	assert_true(tasks[0].ran_as);
	pthread_sigmask(SIG_SETMASK, NULL, &set);
	assert_int_equal(sigismember(&set, SIGTERM), 0);
}

static void stopping_nobody_is_fine(void **state)
{
	worker_stop(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(jobs_run_and_come_home_in_the_order_they_were_submitted),
		TEST(a_job_may_be_submitted_again_when_it_is_done),
		TEST(stopping_runs_and_delivers_what_was_submitted),
		TEST(stopping_waits_also_for_what_is_submitted_meanwhile),
		TEST(signals_are_left_to_the_loop),
		TEST(stopping_nobody_is_fine),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
