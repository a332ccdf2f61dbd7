/* SPDX-License-Identifier: MIT */
/*
 * The machine's files, its lock, its domains and its memory: see machine.h.  Grants and ports are
 * in machine-grants.c and machine-ports.c.  No descriptor is opened through a function that the
 * preloaded libraries replace.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "machine-priv.h"

struct machine *machine;
char machine_dir[200];
static int ram_fd = -1;
static uint8_t *ram;

int machine_open_file(const char *name, int flags)
{
	char path[256];
	long fd;

	snprintf(path, sizeof path, "%s/%s", machine_dir, name);
	fd = syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : (int)fd;
}

static int attach(const char *dir, int flags)
{
	int fd;

	snprintf(machine_dir, sizeof machine_dir, "%s", dir);
	ram_fd = machine_open_file("ram", O_RDWR | flags);
	fd = machine_open_file("machine", O_RDWR | flags);
	if (ram_fd < 0 || fd < 0)
		return ram_fd < 0 ? ram_fd : fd;
	if (flags && (ftruncate(ram_fd, (off_t)MACHINE_FRAMES * MACHINE_PAGE) < 0 ||
		      ftruncate(fd, sizeof *machine) < 0))
		return -errno;
	/* For a daemon that has given up its rights, which finds it in /proc/self/fd. */
	if (flags)
		fchmod(ram_fd, 0666);
	machine = mmap(NULL, sizeof *machine, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (machine == MAP_FAILED) {
		machine = NULL;
		return -errno;
	}
	return 0;
}

static void init_lock(void)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&machine->lock, &attr);
	pthread_mutexattr_destroy(&attr);
}

int machine_create(const char *dir)
{
	int rc = attach(dir, O_CREAT | O_EXCL);

	if (rc < 0)
		return rc;
	init_lock();
	machine->maptrack_limit = MACHINE_MAPTRACK;
	machine->grant_limit = MACHINE_GRANTS;
	machine->alloc_limit = 1024;
	machine->dmabuf_errno = ENOTTY;
	machine->next_serial = 1;
	/* Frame 0 is domain 0's xenstore page: preload-xenctrl.c finds it there. */
	machine->next_frame = 1;
	rc = machine_domain_create(0);
	if (rc < 0)
		return rc;
	machine->frames[0].owner = 1;
	rc = machine_port_alloc(0, 0, -1);
	if (rc < 0)
		return rc;
	machine->store_port = (uint32_t)rc;
	return 0;
}

int machine_attach(const char *dir)
{
	return attach(dir, 0);
}

void machine_detach(void)
{
	if (ram)
		munmap(ram, (size_t)MACHINE_FRAMES * MACHINE_PAGE);
	if (machine)
		munmap(machine, sizeof *machine);
	if (ram_fd >= 0)
		close(ram_fd);
	machine_close_fifos();
	ram = NULL;
	machine = NULL;
	ram_fd = -1;
}

void machine_lock(void)
{
	if (pthread_mutex_lock(&machine->lock) != EOWNERDEAD)
		return;
	machine_repair();
	pthread_mutex_consistent(&machine->lock);
}

void machine_unlock(void)
{
	pthread_mutex_unlock(&machine->lock);
}

/* -------- faults -------- */

static int find_fault(enum machine_call call, uint32_t domid, uint32_t *delay_us)
{
	int error = 0;

	machine->calls[call]++;
	for (unsigned i = 0; i < MACHINE_FAULTS; i++) {
		struct machine_fault *fault = &machine->faults[i];

		if (fault->times == 0 || (fault->call != call && fault->call != CALL_ANY) ||
		    (fault->domid != MACHINE_ANY && fault->domid != domid))
			continue;
		if (fault->after > 0) {
			fault->after--;
			continue;
		}
		if (fault->times != UINT32_MAX)
			fault->times--;
		*delay_us += fault->delay_us;
		if (error == 0)
			error = fault->error;
	}
	return error;
}

int machine_fault(enum machine_call call, uint32_t domid)
{
	uint32_t delay_us = 0;
	int error;

	machine_lock();
	error = find_fault(call, domid, &delay_us);
	machine_unlock();
	if (delay_us > 0) {
		struct timespec ts = {
			.tv_sec = delay_us / 1000000,
			.tv_nsec = (long)(delay_us % 1000000) * 1000,
		};

		nanosleep(&ts, NULL);
	}
	return error;
}

void machine_order(enum machine_call call, uint32_t domid, uint32_t after, uint32_t times,
		   int error, uint32_t delay_us)
{
	machine_lock();
	for (unsigned i = 0; i < MACHINE_FAULTS; i++) {
		if (machine->faults[i].times > 0)
			continue;
		machine->faults[i] = (struct machine_fault){
			.call = call,
			.domid = domid,
			.after = after,
			.times = times,
			.error = error,
			.delay_us = delay_us,
		};
		break;
	}
	machine_unlock();
}

void machine_order_nothing(void)
{
	machine_lock();
	memset(machine->faults, 0, sizeof machine->faults);
	machine_unlock();
}

uint64_t machine_calls(enum machine_call call)
{
	return __atomic_load_n(&machine->calls[call], __ATOMIC_RELAXED);
}

/* -------- domains -------- */

int machine_index(uint16_t domid)
{
	if (domid >= MACHINE_DOMIDS || machine->index_of[domid] == 0)
		return -ESRCH;
	return machine->index_of[domid] - 1;
}

/* A domain that was destroyed is a zombie as long as a page of it is mapped. */
static bool is_free(unsigned index)
{
	const struct machine_domain *d = &machine->domains[index];

	return !d->exists && !d->dying;
}

int machine_domain_create(uint16_t domid)
{
	int rc = -ENOSPC;

	machine_lock();
	if (machine_index(domid) >= 0)
		rc = -EEXIST;
	for (unsigned i = 0; i < MACHINE_DOMAINS && rc == -ENOSPC; i++) {
		if (!is_free(i))
			continue;
		memset(machine->grants[i], 0,
		       machine->domains[i].n_refs * sizeof machine->grants[i][0]);
		machine->domains[i] = (struct machine_domain){
			.domid = domid,
			.exists = true,
			.next_ref = MACHINE_FIRST_REF,
		};
		machine->index_of[domid] = (uint16_t)(i + 1);
		rc = 0;
	}
	machine_unlock();
	return rc;
}

bool machine_domain_alive(uint16_t domid)
{
	int index;
	bool alive;

	machine_lock();
	index = machine_index(domid);
	alive = index >= 0 && machine->domains[index].exists;
	machine_unlock();
	return alive;
}

bool machine_domain_info(uint16_t first, uint16_t *domid, bool *dying)
{
	bool found = false;

	machine_lock();
	for (uint32_t id = first; id < MACHINE_DOMIDS && !found; id++) {
		int index = machine_index((uint16_t)id);

		if (index < 0)
			continue;
		*domid = (uint16_t)id;
		*dying = machine->domains[index].dying;
		found = true;
	}
	machine_unlock();
	return found;
}

/* The last page of a zombie was unmapped, perhaps. */
void machine_domain_settle(unsigned index)
{
	struct machine_domain *d = &machine->domains[index];

	if (!d->dying)
		return;
	for (uint32_t ref = 0; ref < d->n_refs; ref++)
		if (machine->grants[index][ref].maps > 0)
			return;
	d->dying = false;
	machine->index_of[d->domid] = 0;
}

void machine_domain_destroy(uint16_t domid)
{
	int index;

	machine_lock();
	index = machine_index(domid);
	if (index >= 0) {
		machine_ports_end(domid);
		for (uint32_t f = 0; f < MACHINE_FRAMES; f++)
			if (machine->frames[f].owner == index + 1)
				machine_frame_drop(f);
		for (uint32_t ref = 0; ref < machine->domains[index].n_refs; ref++)
			machine->grants[index][ref].in_use = 0;
		for (uint32_t i = 0; i < MACHINE_MAPTRACK; i++)
			if (machine->tracks[i].pid != 0 && machine->tracks[i].by == domid)
				machine_track_drop(i);
		machine->domains[index].exists = false;
		machine->domains[index].dying = true;
		machine_domain_settle((unsigned)index);
	}
	machine_unlock();
	machine_raise_virq();
}

/* -------- memory -------- */

int machine_ram_fd(void)
{
	return ram_fd;
}

void *machine_frame(uint32_t frame)
{
	uint8_t *all;

	machine_lock();
	if (!ram)
		ram = mmap(NULL, (size_t)MACHINE_FRAMES * MACHINE_PAGE, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_NORESERVE, ram_fd, 0);
	all = ram;
	machine_unlock();
	return all == MAP_FAILED ? NULL : all + (size_t)frame * MACHINE_PAGE;
}

static bool free_run(uint32_t first, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (machine->frames[first + i].owner || machine->frames[first + i].maps)
			return false;
	return true;
}

static int64_t find_run(uint32_t count)
{
	uint32_t at = machine->next_frame;

	for (uint32_t tried = 0; tried < MACHINE_FRAMES; tried++, at++) {
		if (at + count > MACHINE_FRAMES)
			at = 1;
		if (free_run(at, count))
			return at;
	}
	return -ENOMEM;
}

int64_t machine_frames_take(uint16_t domid, uint32_t count, uint16_t alloc)
{
	const int index = machine_index(domid);
	int64_t first = -ENOMEM;
	bool dirty = false;

	if (index >= 0 && count > 0 && count < MACHINE_FRAMES)
		first = find_run(count);
	for (uint32_t i = 0; first >= 0 && i < count; i++) {
		struct machine_frame *frame = &machine->frames[first + i];

		dirty |= frame->dirty;
		*frame = (struct machine_frame){.owner = (uint16_t)(index + 1), .alloc = alloc};
	}
	if (first >= 0)
		machine->next_frame = (uint32_t)first + count;
	/* Holes read as zeros, and cost nothing until they are written to. */
	if (first >= 0 && dirty &&
	    fallocate(ram_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, first * MACHINE_PAGE,
		      (off_t)count * MACHINE_PAGE) < 0)
		return -errno;
	return first;
}

int64_t machine_frames_alloc(uint16_t domid, uint32_t count)
{
	int64_t first;

	machine_lock();
	first = machine_frames_take(domid, count, 0);
	machine_unlock();
	return first;
}

void machine_frame_drop(uint32_t frame)
{
	machine->frames[frame].owner = 0;
	machine->frames[frame].alloc = 0;
	machine->frames[frame].dirty = 1;
}

void machine_frames_free(uint32_t first, uint32_t count)
{
	machine_lock();
	for (uint32_t i = 0; i < count; i++)
		machine_frame_drop(first + i);
	machine_unlock();
}

void machine_reap(int pid)
{
	machine_lock();
	for (uint32_t i = 0; i < MACHINE_MAPTRACK; i++)
		if (machine->tracks[i].pid == pid)
			machine_track_drop(i);
	machine_handles_settle();
	machine_unlock();
}
