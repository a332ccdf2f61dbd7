/* SPDX-License-Identifier: MIT */
/*
 * Descriptors of the machine's device nodes: see machine.h.  They are real ones, so they can be
 * passed on, and a lock that belongs to the open file, not to a process, says whether anybody still
 * has it.  A descriptor of /dev/xen/evtchn is a fifo.  One of /dev/xen/gntalloc is of the memory of
 * the machine, so that mmap() needs no help, and its file position, behind that memory, tells
 * which.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "machine-priv.h"

#define RAM_BYTES ((off_t)MACHINE_FRAMES * MACHINE_PAGE)

/* File positions of descriptors of the memory: of gntdev, and of the first handle. */
#define GNTDEV_POSITION (RAM_BYTES + 1)
#define FIRST_POSITION  (RAM_BYTES + 2)

/* The fifos this process writes to. */
static struct {
	uint32_t serial;
	int fd;
} fifos[MACHINE_HANDLES];

static void fifo_name(uint32_t serial, char name[32])
{
	snprintf(name, 32, "events-%u", serial);
}

/* Both ways, so that it needs no reader to be opened and none to be written to. */
int machine_fifo(int handle)
{
	uint32_t serial = machine->handles[handle].serial;
	char name[32];

	if (fifos[handle].serial == serial)
		return fifos[handle].fd;
	if (fifos[handle].serial)
		close(fifos[handle].fd);
	fifo_name(serial, name);
	fifos[handle].fd = machine_open_file(name, O_RDWR | O_NONBLOCK);
	fifos[handle].serial = fifos[handle].fd < 0 ? 0 : serial;
	return fifos[handle].fd;
}

static void close_fifo(int handle)
{
	if (fifos[handle].serial)
		close(fifos[handle].fd);
	fifos[handle].serial = 0;
}

void machine_close_fifos(void)
{
	for (int i = 0; i < (int)MACHINE_HANDLES; i++)
		close_fifo(i);
}

/* -------- is it open anywhere -------- */

static struct flock lock_of(int handle)
{
	return (struct flock){
		.l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = machine->handles[handle].gntalloc ? FIRST_POSITION + handle : 0,
		.l_len = 1,
	};
}

static bool is_closed(int handle)
{
	struct flock lock = lock_of(handle);
	int fd = machine->handles[handle].gntalloc ? machine_ram_fd() : machine_fifo(handle);

	return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type == F_UNLCK;
}

static void end(int handle)
{
	char path[256];
	char name[32];

	if (machine->handles[handle].gntalloc) {
		machine_alloc_end(handle);
	} else {
		machine_ports_close(handle);
		close_fifo(handle);
		fifo_name(machine->handles[handle].serial, name);
		snprintf(path, sizeof path, "%s/%s", machine_dir, name);
		unlink(path);
	}
	machine->handles[handle].used = false;
}

void machine_handles_settle(void)
{
	for (int i = 0; i < (int)MACHINE_HANDLES; i++)
		if (machine->handles[i].used && is_closed(i))
			end(i);
}

void machine_reap_closed(void)
{
	machine_lock();
	machine_handles_settle();
	machine_unlock();
}

/* -------- opening -------- */

static int find_free(void)
{
	machine_handles_settle();
	for (int i = 0; i < (int)MACHINE_HANDLES; i++)
		if (!machine->handles[i].used)
			return i;
	return -EMFILE;
}

/* An open file of its own, even of a file whose name is gone. */
static int open_ram(off_t position)
{
	char path[32];
	long fd;

	snprintf(path, sizeof path, "/proc/self/fd/%d", machine_ram_fd());
	fd = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	lseek((int)fd, position, SEEK_SET);
	return (int)fd;
}

static int open_fifo(struct machine_handle *handle)
{
	struct stat st;
	char path[256];
	char name[32];
	int fd;

	handle->serial = machine->next_serial++;
	fifo_name(handle->serial, name);
	snprintf(path, sizeof path, "%s/%s", machine_dir, name);
	if (mkfifo(path, 0600) < 0)
		return -errno;
	fd = machine_open_file(name, O_RDWR);
	if (fd >= 0 && fstat(fd, &st) == 0)
		handle->inode = st.st_ino;
	return fd;
}

static int open_handle(uint16_t domid, bool gntalloc, int *fd)
{
	int i = find_free();
	struct machine_handle *handle;
	struct flock lock;

	if (i < 0)
		return i;
	handle = &machine->handles[i];
	*handle = (struct machine_handle){
		.gntalloc = gntalloc,
		.domid = domid,
		.pid = (int32_t)getpid(),
	};
	*fd = gntalloc ? open_ram(FIRST_POSITION + i) : open_fifo(handle);
	if (*fd < 0)
		return *fd;
	lock = lock_of(i);
	if (fcntl(*fd, F_OFD_SETLK, &lock) < 0) {
		close(*fd);
		return -EIO;
	}
	handle->used = true;
	/* Now, and not when the first event comes: a process has all its descriptors early. */
	if (!gntalloc)
		machine_fifo(i);
	return i;
}

int machine_evtchn_open(uint16_t domid, int *fd)
{
	int handle;

	machine_lock();
	handle = open_handle(domid, false, fd);
	machine_unlock();
	return handle;
}

int machine_gntalloc_open(uint16_t domid)
{
	int fd = -1;
	int handle;

	machine_lock();
	handle = open_handle(domid, true, &fd);
	machine_unlock();
	return handle < 0 ? handle : fd;
}

int machine_gntdev_open(void)
{
	return open_ram(GNTDEV_POSITION);
}

/* -------- which one is it -------- */

static bool stat_of_machine(int fd, struct stat *st)
{
	struct stat ram;

	return fstat(fd, st) == 0 && fstat(machine_ram_fd(), &ram) == 0 && st->st_dev == ram.st_dev;
}

static bool is_fifo_of(int handle, const struct stat *st)
{
	return machine->handles[handle].used && !machine->handles[handle].gntalloc &&
	       machine->handles[handle].inode == st->st_ino;
}

int machine_evtchn_of(int fd)
{
	struct stat st;
	int found = -ENOTTY;

	if (!stat_of_machine(fd, &st))
		return -ENOTTY;
	machine_lock();
	for (int i = 0; i < (int)MACHINE_HANDLES && found < 0; i++)
		if (is_fifo_of(i, &st))
			found = i;
	if (found >= 0) {
		machine->handles[found].pid = (int32_t)getpid();
		machine_fifo(found);
	}
	machine_unlock();
	return found;
}

static off_t position_of(int fd)
{
	struct stat st, ram;
	off_t position = lseek(fd, 0, SEEK_CUR);

	if (position <= RAM_BYTES || !stat_of_machine(fd, &st) ||
	    fstat(machine_ram_fd(), &ram) < 0 || st.st_ino != ram.st_ino)
		return -1;
	return position;
}

int machine_gntalloc_of(int fd)
{
	const off_t handle = position_of(fd) - FIRST_POSITION;

	if (handle < 0 || handle >= (off_t)MACHINE_HANDLES)
		return -ENOTTY;
	machine_lock();
	machine->handles[handle].pid = (int32_t)getpid();
	machine_unlock();
	return (int)handle;
}

bool machine_is_gntdev(int fd)
{
	return position_of(fd) == GNTDEV_POSITION;
}
