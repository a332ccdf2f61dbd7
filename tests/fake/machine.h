/* SPDX-License-Identifier: MIT */
/*
 * A machine with a hypervisor in it, small enough for a test: domains, their memory, their grant
 * tables and their event channels, in two files that every process of the test maps.  The daemon
 * and xenstored see it through the preloaded libraries (preload-*.c), scripted guests call it
 * directly.  It says no where Xen says no: to grants that do not exist, are another's or are
 * read-only, to ports that are not free for the caller.
 *
 * What fails when, and how long it takes, can be ordered per call; what is mapped and bound can be
 * read at any time.
 */
#ifndef XENAVD_MACHINE_H
#define XENAVD_MACHINE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Names the directory of the machine's files to preloaded processes. */
#define MACHINE_ENV "XENAV_FAKE_MACHINE"

/* The environment variable that names the domain they run in; domain 0 without it. */
#define MACHINE_DOMID_ENV "XENAV_FAKE_DOMID"

/* The page size that sysconf() reports instead of the real one. */
#define MACHINE_PAGE_BYTES_ENV "XENAV_FAKE_PAGE_BYTES"

/* In the machine's directory: what stands for /dev/xen/evtchn where nobody asks for events. */
#define MACHINE_EVTCHN_FILE "evtchn"

#define MACHINE_PAGE     4096u
#define MACHINE_DOMIDS   32752u /* DOMID_FIRST_RESERVED is 0x7ff0 */
#define MACHINE_DOMAINS  320u
#define MACHINE_FRAMES   (1u << 18)
#define MACHINE_GRANTS   32768u /* of a domain, which is the default of Xen */
#define MACHINE_PORTS    8192u
#define MACHINE_MAPTRACK (1u << 17)
#define MACHINE_HANDLES  1024u
#define MACHINE_FAULTS   16u

/* Where Xen's tools put a guest's xenstore page in its grant table. */
#define MACHINE_XENSTORE_REF 1u
#define MACHINE_FIRST_REF    8u

/* The calls that can be made to fail or to take their time. */
enum machine_call {
	CALL_MAP,
	CALL_UNMAP,
	CALL_COPY,         /* the whole call */
	CALL_COPY_SEGMENT, /* error is the GNTST_ status of that segment */
	CALL_BIND,
	CALL_UNBIND,
	CALL_NOTIFY,
	CALL_UNMASK,
	CALL_PENDING,
	CALL_ALLOC,
	CALL_SLOT, /* grants named to a gntdev descriptor, for another process to map */
	CALL_DMABUF_EXPORT,
	CALL_DMABUF_IMPORT,
	CALL_DMABUF_WAIT, /* for everybody to release it; never fails so */
	CALL_OPEN,        /* of a device node, or of a library that has one */
	CALL_MMAP,        /* of the descriptor of a device node */
	CALL_FREE,        /* pages of gntalloc, by name and not with their descriptor */
	CALL_MEMORY,      /* of a test that wraps calloc() */
	CALLS,
	CALL_ANY = CALLS, /* in an order only */
};

/* An order: after `after` calls of that kind for that domain, the next `times` fail or wait. */
struct machine_fault {
	uint32_t call;
	uint32_t domid; /* or MACHINE_ANY */
	uint32_t after;
	uint32_t times; /* 0: this entry is free */
	int32_t error;  /* an errno; 0: only wait */
	uint32_t delay_us;
};
#define MACHINE_ANY UINT32_MAX

struct machine_frame {
	uint16_t owner; /* domain index + 1, or 0 */
	uint16_t dirty; /* was somebody's: zero it before anybody else gets it */
	uint32_t maps;
	uint16_t alloc; /* handle + 1 of the descriptor of gntalloc that it is of, or 0 */
};

struct machine_grant {
	uint32_t frame;
	uint16_t to;
	uint8_t in_use;
	uint8_t readonly;
	uint32_t maps;
};

enum machine_port_state { PORT_FREE, PORT_UNBOUND, PORT_INTERDOMAIN, PORT_VIRQ };

/* Port numbers are the machine's, not the domain's: nobody depends on them being small. */
struct machine_port {
	uint8_t state;
	uint8_t pending;
	uint8_t masked;
	uint16_t domid;
	uint16_t remote_domid;
	uint32_t remote;
	int32_t handle; /* of the descriptor that its events are read from; -1: a guest's own */
};

struct machine_domain {
	uint16_t domid;
	bool exists;
	bool dying;      /* gone, but for what others have mapped of it */
	uint32_t events; /* counts, for those who wait */
	uint32_t n_grants;
	uint32_t next_ref;
	uint32_t n_refs; /* all references from here on were never given */
};

/*
 * An open descriptor of /dev/xen/evtchn or /dev/xen/gntalloc, wherever its copies are: in a
 * process, in several, on their way through a socket.  It ends with the last of them.
 */
struct machine_handle {
	bool used;
	bool gntalloc;
	uint16_t domid;  /* of who has opened it */
	int32_t pid;     /* of who has used it last */
	uint32_t serial; /* evtchn: names its fifo */
	uint64_t inode;  /* of that */
	uint32_t first;  /* gntalloc: its pages */
	uint32_t count;
};

struct machine_track {
	int32_t pid;     /* of who has it mapped; 0: free */
	uint16_t by;     /* the domain that it is of */
	uint16_t domain; /* index of the owner */
	bool writable;
	uint32_t ref;
	uint32_t frame;
	uint32_t next_free;
};

struct machine {
	pthread_mutex_t lock;
	uint16_t backend_domid; /* where xenavd runs, and what guests share their pages with */
	uint32_t next_serial;
	uint32_t next_frame;
	uint32_t maptrack_limit;
	uint32_t grant_limit; /* entries of the backend's grant table */
	uint32_t alloc_limit; /* pages of gntalloc */
	bool dmabuf_unmappable;
	bool dmabuf_unexportable; /* Xen maps nothing for devices, as on x86 */
	bool alloc_absent;        /* its module is not loaded */
	int dmabuf_errno; /* the kernel's answer to dma-bufs: ENOTTY, EINVAL as in a PV domain, 0 */
	uint32_t n_tracked; /* mappings of single pages, of all processes of the backend's domain */
	uint32_t n_alloc;   /* also of descriptors that are closed: ask machine_allocated() */
	uint32_t free_track;
	uint32_t store_port; /* dom0's, for xenstored */
	uint64_t calls[CALLS];
	/* Events that unmasking a port has delivered: each is a write() in the process that
	 * unmasks, where Xen needs none. */
	uint64_t unmask_events;
	struct machine_fault faults[MACHINE_FAULTS];
	struct machine_handle handles[MACHINE_HANDLES];
	uint16_t index_of[MACHINE_DOMIDS]; /* domain index + 1 */
	struct machine_domain domains[MACHINE_DOMAINS];
	struct machine_port ports[MACHINE_PORTS];
	struct machine_grant grants[MACHINE_DOMAINS][MACHINE_GRANTS];
	struct machine_frame frames[MACHINE_FRAMES];
	struct machine_track tracks[MACHINE_MAPTRACK];
};

/* One per process; everything below is about it. */
extern struct machine *machine;

/* Make the files in that directory and domain 0 in them, or use what is there. @return -errno. */
int machine_create(const char *dir);
int machine_attach(const char *dir);
void machine_detach(void);

/* A file in that directory. @return the descriptor or -errno. */
int machine_open_file(const char *name, int flags);

/* Only for the implementation: the lock survives processes that are killed with it. */
void machine_lock(void);
void machine_unlock(void);

/* Should this call fail?  Waits as ordered.  @return 0 or an errno (for segments: a status). */
int machine_fault(enum machine_call call, uint32_t domid);

/* -------- domains -------- */

int machine_domain_create(uint16_t domid);

/* Kill a domain: only its pages that others have mapped remain. Xen tells xenstored. */
void machine_domain_destroy(uint16_t domid);

/* Does it exist, and is it not dying? */
bool machine_domain_alive(uint16_t domid);

/* The first domain with that number or a greater one. @return false when there is none. */
bool machine_domain_info(uint16_t first, uint16_t *domid, bool *dying);

/* -------- memory -------- */

int machine_ram_fd(void);

/* The content of a frame; maps all memory on first use. */
void *machine_frame(uint32_t frame);

/* Frames side by side, zeroed. @return the first, or -ENOMEM. */
int64_t machine_frames_alloc(uint16_t domid, uint32_t count);

/* Frames that are mapped stay out of use until they are unmapped. */
void machine_frames_free(uint32_t first, uint32_t count);

/* -------- grants -------- */

/* @return a reference, or -ENOSPC. */
int64_t machine_grant(uint16_t domid, uint16_t to, uint32_t frame, bool readonly);
int machine_grant_at(uint16_t domid, uint32_t ref, uint16_t to, uint32_t frame);

/* @return 0, or -EBUSY when it is mapped; it is gone either way. */
int machine_grant_end(uint16_t domid, uint32_t ref);

/* Is that page of domid's mapped by anybody? */
bool machine_grant_mapped(uint16_t domid, uint32_t ref);

/* Check and count one mapping. @return its track, or -EINVAL, -ENOMEM, as gntdev says. */
int64_t machine_track(uint16_t self, uint16_t domid, uint32_t ref, bool writable, uint32_t *frame);
void machine_untrack(uint32_t track);

/* The same of several pages of one domain, all or none, under one lock. @return 0 or -errno. */
int machine_track_some(uint16_t self, uint16_t domid, const uint32_t *refs, uint32_t n,
		       bool writable, uint32_t *frames, uint32_t *tracks);
void machine_untrack_some(const uint32_t *tracks, uint32_t n);

/* The frame behind a grant, for a copy. @return 0 or a GNTST_ status. */
int machine_grant_frame(uint16_t self, uint16_t domid, uint32_t ref, bool write, uint32_t *frame);

/* -------- pages from /dev/xen/gntalloc -------- */

/* Open it for that domain. @return the descriptor, of the machine's memory, or -errno. */
int machine_gntalloc_open(uint16_t domid);

/* Pages for a descriptor that has none: side by side, zeroed, granted to one domain.
 * @return the first frame, -EBUSY, -ENOSPC, -ENOMEM. */
int64_t machine_gntalloc(int handle, uint16_t to, uint32_t count, bool readonly, uint32_t *refs);

/* End the grants of these pages; what somebody has mapped stays out of use until it is unmapped.
 * @return 0, or -EINVAL unless that is what the descriptor has. */
int machine_gntfree(int handle, uint32_t first, uint32_t count);

/* May that much be mapped from the frame on? */
bool machine_gntalloc_has(int handle, uint32_t first, uint32_t count);

/* -------- dma-bufs -------- */

/*
 * A dma-buf is played by a memfd of its size, which says where in the machine's memory it is. It is
 * released when no descriptor and no mapping of that open file is left.
 *
 * @return a descriptor or -errno.
 */
int machine_dmabuf(uint32_t first, uint32_t count);

/* Is it one?  Frames side by side, so many, from the first on. */
bool machine_dmabuf_frames(int fd, uint32_t *first, uint32_t *count);

/* Another open file of the same dma-buf, which does not count as having it. @return -errno. */
int machine_dmabuf_observe(int fd);
bool machine_dmabuf_released(int observer);

/* -------- event channels -------- */

/* Ports of guests have handle -1. @return the port or -errno. */
int machine_port_alloc(uint16_t domid, uint16_t remote_domid, int handle);
int machine_port_bind(uint16_t domid, uint16_t remote_domid, uint32_t remote, int handle);
int machine_port_virq(uint16_t domid, int handle);
int machine_port_close(uint16_t domid, uint32_t port);
int machine_port_notify(uint16_t domid, uint32_t port);
int machine_port_unmask(uint16_t domid, uint32_t port);

/* A guest takes the event of its port, if there is one. */
bool machine_port_take(uint32_t port);

/* Wait for an event of the domain after the count was `seen`. @return the count now. */
uint32_t machine_wait_event(uint16_t domid, uint32_t seen, unsigned timeout_ms);
uint32_t machine_events(uint16_t domid);

/* -------- descriptors -------- */

/* Open /dev/xen/evtchn. @return its place among the handles, or -errno. */
int machine_evtchn_open(uint16_t domid, int *fd);

/* The handle behind a descriptor, which is this process's from now on. @return it or -ENOTTY. */
int machine_evtchn_of(int fd);
int machine_gntalloc_of(int fd);

/* A descriptor for slots of /dev/xen/gntdev, which the machine does not count; and is this one? */
int machine_gntdev_open(void);
bool machine_is_gntdev(int fd);

/* End what no process has open any more. */
void machine_reap_closed(void);

/* -------- what the test asks and orders -------- */

/* Free the mappings of a dead process, and what only it had open, as the kernel does. */
void machine_reap(int pid);

uint32_t machine_mapped_by(int pid);
uint32_t machine_mapped_of(uint16_t domid);

/* Pages of gntalloc. */
uint32_t machine_allocated(void);

/* Of the descriptors that this process was the last to use. */
uint32_t machine_allocated_by(int pid);
uint32_t machine_ports_of_process(int pid);
uint64_t machine_calls(enum machine_call call);

void machine_order(enum machine_call call, uint32_t domid, uint32_t after, uint32_t times,
		   int error, uint32_t delay_us);
void machine_order_nothing(void);

#endif
