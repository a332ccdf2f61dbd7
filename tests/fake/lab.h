/* SPDX-License-Identifier: MIT */
/*
 * A laboratory: a machine, a real xenstored and the real xenavd on it, in a directory of their own.
 * Nothing of it needs root, Xen or a network, and nothing of it outlives the test.
 */
#ifndef XENAVD_LAB_H
#define XENAVD_LAB_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "toolstack.h"
#include "xenbus.h"

struct service;

struct lab {
	char dir[64];
	char socket[96];    /* for consumers */
	const char *config; /* text of the configuration file; NULL: who runs the test may do all */
	const char *says_ready; /* a line of the log once it serves; NULL: xenavd's */
	int nice;               /* of xenavd, where we may */
	pid_t xenstored;
	pid_t xenavd;
	struct xenbus bus;       /* of the domain that xenavd runs in, if that is not domain 0 */
	struct toolstack ts;     /* of the thread that started the lab */
	struct service *service; /* service.h; NULL: xenavd is no unit of anybody */
};

/* Resources of xenavd; each is back at its old number once the guests are gone. */
struct lab_use {
	unsigned fds;
	unsigned threads;
	unsigned maps;     /* pages of other domains */
	unsigned ports;    /* event channels */
	unsigned supplied; /* pages of its own that it has granted */
	unsigned kib;      /* of memory of its own */
};

/* Why there can be no lab here, or NULL. */
const char *lab_missing(void);

/*
 * Have another program be xenavd, started in the same way, with the libraries of that folder, and
 * with another library preloaded into it; NULL: as lab_missing(), which is called first, has found
 * it, and none.  The names last as long as the lab.
 */
void lab_choose_xenavd(const char *program, const char *libraries, const char *preload);

/* Start the machine and xenstored; then xenavd. @return 0 or -errno, and a line on stderr. */
int lab_start(struct lab *lab);
/* Write another configuration, see lab.h, and tell xenavd to read it. */
int lab_reload_xenavd(struct lab *lab, const char *config);

int lab_start_xenavd(struct lab *lab);

/* The first half of that: do not wait until it serves. */
int lab_begin_xenavd(struct lab *lab);

/* From now on xenavd runs in a domain of its own, as a driver domain; before it is started first.
 */
int lab_make_driver_domain(struct lab *lab, uint16_t domid);

/*
 * Start another xenavd, with another socket, that is to end by itself; what it says goes to said.
 *
 * @return its exit status; -1 when it had to be killed.
 */
int lab_try_xenavd(struct lab *lab, char *said, size_t size);

/* Kill xenstored; start another one, which knows nothing but domain 0. */
void lab_kill_xenstored(struct lab *lab);
int lab_restart_xenstored(struct lab *lab);

/* Send a signal and wait for the end. @return the exit status; -1 when it was killed. */
int lab_stop_xenavd(struct lab *lab, int sig);

/* Have one of its processes stand still until it gets a SIGCONT.  When this returns no thread of it
 * runs any more. @return 0 or -errno. */
int lab_freeze(pid_t pid);

/* Has xenavd died by itself? */
bool lab_xenavd_died(struct lab *lab);

/* Stop everything and remove it. @return what xenavd returned. */
int lab_stop(struct lab *lab);

struct lab_use lab_use(const struct lab *lab);

/* Has its memory grown by no more than that?  Sanitizers keep what is freed: then nobody knows. */
bool lab_grew_less(const struct lab *lab, const struct lab_use *before, unsigned kib);

/* Wait until xenavd uses no more than that, memory excepted. @return whether it came to be. */
bool lab_settles(const struct lab *lab, const struct lab_use *use, unsigned timeout_ms);

/* Ask xenavd for its status and wait for it: the newest value of name in a line with that text, as
 * in "connector domain=7"; or -1. */
long long lab_status(const struct lab *lab, const char *text, const char *name);

/* Does xenavd's log have a line with that text? */
bool lab_log_has(const struct lab *lab, const char *text);
unsigned lab_log_lines(const struct lab *lab);

#endif
