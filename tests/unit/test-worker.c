/* SPDX-License-Identifier: MIT */
/* The worker thread: the order of jobs, and its end. */
#include <config.h>

#include <event2/event.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "base/container.h"
#include "count-fds.h"
#include "service/watchdog.h"
#include "test.h"
#include "xen/long-call.h"
#include "xen/worker.h"

#define TEST(name) TEST_WITH(name, setup, teardown)
#define JOBS       1000

struct task {
	struct job job;
	unsigned ran_as;
	unsigned done_as;
	unsigned again; /* how often to submit it again */
	unsigned steps; /* still to come */
	bool elsewhere; /* it ran on another thread */
};

/* What the watchdog is given, in place of the daemon's own. */
static struct watched *first, *second;

void watchdog_add(struct watchdog *, struct watched *watched)
{
	if (strcmp(watched->name, "worker") == 0)
		first = watched;
	else
		second = watched;
}

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

static int setup(void **)
{
	memset(tasks, 0, sizeof tasks);
	n_ran = n_done = 0;
	loop_thread = pthread_self();
	fds_before = count_fds();
	base = event_base_new();
	return worker_start(&worker, base);
}

static int teardown(void **)
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

TEST(jobs_run_and_come_home_in_the_order_they_were_submitted)
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

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

/* Keeps the worker until the gate is open. */
static void wait_at_gate(struct job *job)
{
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	run(job);
}

/* The worker waits at a first job until all other jobs are submitted. */
static void close_gate(void)
{
	pthread_mutex_lock(&gate);
	tasks[0].job.run = wait_at_gate;
	tasks[0].job.done = done;
	worker_submit(worker, &tasks[0].job);
}

static void open_gate(unsigned n)
{
	pthread_mutex_unlock(&gate);
	while (n_done < n)
		event_base_loop(base, EVLOOP_ONCE);
}

static void run_steps(struct job *job)
{
	struct task *task = CONTAINER(job, struct task, job);

	run(job);
	job->more = task->steps-- > 0;
}

static void submit_behind(unsigned i)
{
	tasks[i].job.run = run;
	tasks[i].job.done = done;
	worker_submit_behind(worker, &tasks[i].job);
}

static void submit_copy(unsigned i, unsigned steps)
{
	tasks[i].steps = steps;
	tasks[i].job.run = run_steps;
	tasks[i].job.done = done;
	worker_submit_copy(worker, &tasks[i].job);
}

static void wait_for(unsigned n)
{
	while (n_done < n)
		event_base_loop(base, EVLOOP_ONCE);
}

TEST(copies_do_not_wait_for_the_first_line)
{
	close_gate();
	submit(1);
	submit_copy(2, 3);
	submit_copy(3, 0);
	wait_for(2);
	assert_int_equal(tasks[2].done_as, 1);
	assert_int_equal(tasks[3].ran_as, 5);
	open_gate(4);
	assert_int_equal(tasks[1].done_as, 4);
}

TEST(what_is_behind_waits_for_the_first_line_and_is_overtaken_by_copies)
{
	close_gate();
	submit_behind(1);
	submit_copy(2, 3);
	wait_for(1);
	assert_int_equal(tasks[2].done_as, 1);
	open_gate(3);
	assert_int_equal(tasks[0].done_as, 2);
	assert_int_equal(tasks[1].done_as, 3);
}

TEST(what_is_behind_comes_home_after_all_that_was_there_before)
{
	close_gate();
	for (unsigned i = 1; i < 10; i++)
		submit(i);
	submit_behind(10);
	submit_behind(11);
	for (unsigned i = 12; i < 20; i++)
		submit(i);
	open_gate(20);
	for (unsigned i = 1; i < 10; i++)
		assert_int_equal(tasks[i].done_as, i + 1);
	assert_true(tasks[10].done_as > 10);
	assert_true(tasks[11].done_as > tasks[10].done_as);
}

static void step_at_gate(struct job *job)
{
	struct task *task = CONTAINER(job, struct task, job);

	__atomic_store_n(&task->elsewhere, true, __ATOMIC_SEQ_CST);
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	run_steps(job);
}

/* A copy that has begun, and waits. */
static void close_gate_for_copies(unsigned steps)
{
	pthread_mutex_lock(&gate);
	tasks[0].steps = steps;
	tasks[0].job.run = step_at_gate;
	tasks[0].job.done = done;
	worker_submit_copy(worker, &tasks[0].job);
	while (!__atomic_load_n(&tasks[0].elsewhere, __ATOMIC_SEQ_CST))
		sched_yield();
}

TEST(the_first_line_does_not_wait_for_copies)
{
	close_gate_for_copies(2);
	submit_behind(1);
	submit(2);
	wait_for(1);
	assert_int_equal(tasks[2].done_as, 1);
	open_gate(3);
	assert_int_equal(tasks[0].done_as, 2);
	assert_int_equal(tasks[1].done_as, 3);
}

TEST(what_is_dropped_before_it_runs_is_never_heard_of)
{
	close_gate_for_copies(0);
	submit_copy(1, 0);
	submit_copy(2, 0);
	assert_true(worker_drop(worker, &tasks[1].job));
	assert_false(worker_drop(worker, &tasks[1].job));
	open_gate(2);
	assert_int_equal(tasks[1].ran_as, 0);
	assert_int_equal(tasks[2].done_as, 2);
	assert_false(worker_drop(worker, &tasks[2].job));
}

TEST(what_is_dropped_while_it_runs_makes_no_other_step)
{
	close_gate_for_copies(100);
	assert_false(worker_drop(worker, &tasks[0].job));
	open_gate(1);
	assert_int_equal(tasks[0].ran_as, 1);
	assert_int_equal(tasks[0].steps, 99);
}

TEST(a_thread_that_comes_to_no_job_has_not_answered)
{
	worker_watch(worker, NULL);
	assert_false(first->wanted(first));
	close_gate();
	assert_true(first->wanted(first));
	first->ask(first);
	assert_false(first->answered(first));
	second->ask(second);
	while (!second->answered(second))
		sched_yield();
	open_gate(1);
	assert_true(first->answered(first));
}

TEST(a_thread_with_many_jobs_need_not_come_to_the_question)
{
	worker_watch(worker, NULL);
	close_gate_for_copies(10000);
	second->ask(second);
	assert_false(second->answered(second));
	pthread_mutex_unlock(&gate);
	while (!second->answered(second))
		sched_yield();
	worker_drop(worker, &tasks[0].job);
	/* A question that has not come back is not asked twice. */
	second->ask(second);
	wait_for(1);
}

TEST(a_call_that_lasts_from_look_to_look_holds_up_both_threads)
{
	worker_watch(worker, NULL);
	long_call_begins();
	assert_false(first->held_up(first));
	assert_false(second->held_up(second));
	assert_true(first->held_up(first));
	assert_true(second->held_up(second));
	long_call_ended();
	assert_false(first->held_up(first));
	long_call_begins();
	assert_false(first->held_up(first));
	assert_false(second->held_up(second));
	long_call_ended();
}

TEST(stopping_runs_both_lines)
{
	for (unsigned i = 0; i < 300; i += 3) {
		submit(i);
		submit_copy(i + 1, 2);
		submit_behind(i + 2);
	}
	worker_stop(worker);
	worker = NULL;
	assert_int_equal(n_done, 300);
	for (unsigned i = 2; i < 300; i += 3) {
		assert_true(tasks[i].done_as > tasks[i - 1].done_as);
		assert_true(tasks[i].done_as > tasks[i - 2].done_as);
	}
}

TEST(a_job_may_be_submitted_again_when_it_is_done)
{
	tasks[0].again = 100;
	submit(0);
	while (n_done < 101)
		event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(n_ran, 101);
}

TEST(stopping_runs_and_delivers_what_was_submitted)
{
	for (unsigned i = 0; i < JOBS; i++)
		submit(i);
	worker_stop(worker);
	worker = NULL;
	assert_int_equal(n_ran, JOBS);
	assert_int_equal(n_done, JOBS);
}

TEST(stopping_waits_also_for_what_is_submitted_meanwhile)
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

TEST(signals_are_left_to_the_loop)
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

TEST(stopping_nobody_is_fine)
{
	worker_stop(NULL);
}
