/* SPDX-License-Identifier: MIT */
/*
 * A real PipeWire server with a null sink, a real WirePlumber, and xenav-pipewire, in a folder of
 * their own: no session bus, no sound card, and nothing of the user's configuration.
 */
#ifndef XENAV_TEST_PW_LAB_H
#define XENAV_TEST_PW_LAB_H

#include <stdbool.h>
#include <sys/types.h>

struct pw_lab {
	char dir[64];
	unsigned quantum_frames; /* of the graph; 0: the usual */
	pid_t pipewire;
	pid_t wireplumber;
	pid_t program; /* xenav-pipewire */
};

#define PW_LAB_SINK    "speakers"
#define PW_LAB_RATE_HZ 48000u

/* The usual cycle of the graph: long, so that a busy machine keeps to it. */
#define PW_LAB_QUANTUM_FRAMES 4096u

/* Why there can be no server here, or NULL. */
const char *pw_lab_missing(void);

/* Make the folder, and have this process and its children use it; start the servers. @return 0 or
 * -errno, and a line on stderr. */
int pw_lab_start(struct pw_lab *lab);
int pw_lab_start_servers(struct pw_lab *lab);
void pw_lab_kill_servers(struct pw_lab *lab);

/* Start xenav-pipewire with these arguments, up to NULL; its output is appended to a file. */
int pw_lab_run(struct pw_lab *lab, const char *const *args);

/* End it by SIGTERM. @return its exit status, -1 if it had to be killed. */
int pw_lab_end(struct pw_lab *lab);

/* Wait until it has ended by itself. @return the same. */
int pw_lab_wait(struct pw_lab *lab, unsigned timeout_ms);

/* How often the text is in its output. */
unsigned pw_lab_said(const struct pw_lab *lab, const char *text);

/* Print the output of all three, for somebody who looks for the cause of a failure. */
void pw_lab_tell(const struct pw_lab *lab);

/* Forget its output. */
void pw_lab_forget(const struct pw_lab *lab);

/* Descriptors that it has open. */
unsigned pw_lab_fds(const struct pw_lab *lab);

/* Stop everything and remove the folder. */
void pw_lab_stop(struct pw_lab *lab);

#endif
