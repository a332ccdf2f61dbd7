/* SPDX-License-Identifier: MIT */
/*
 * See png.h.  libpng jumps out of its functions on errors, so the functions that call it keep their
 * state in struct png alone.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <png.h>

#include "clock.h"
#include "png.h"

/* Rows between two looks at the clock. */
#define SLICE_ROWS 8

struct png {
	const struct folder *folder;
	bool replace; /* an existing file of that name */
	char name[NAME_SIZE];
	char temporary[NAME_SIZE];
	const struct image *image;
	FILE *file;
	png_structp png;
	png_infop info;
	uint32_t row;
	unsigned char *xrgb; /* one row */
};

uint64_t png_max_bytes(uint32_t width_px, uint32_t height_px)
{
	const uint64_t raw = (uint64_t)height_px * ((uint64_t)width_px * 3 + 1);

	/* At most zlib adds 5 bytes to 16 KiB that it cannot compress, libpng 12 bytes to each 8
	 * KiB of output. */
	return raw + raw / 256 + 4096;
}

/* Free p, and remove the temporary file unless keep is true. */
static void destroy(struct png *p, bool keep)
{
	png_destroy_write_struct(&p->png, &p->info);
	if (p->file)
		fclose(p->file);
	if (!keep)
		unlinkat(p->folder->fd, p->temporary, 0);
	free(p->xrgb);
	free(p);
}

static void on_png_error(png_structp png, png_const_charp)
{
	png_longjmp(png, 1);
}

static void on_png_warning(png_structp, png_const_charp)
{
}

static int open_file(struct png *p)
{
	int fd;

	unlinkat(p->folder->fd, p->temporary, 0);
	fd = openat(p->folder->fd, p->temporary,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, p->folder->limits.mode);
	if (fd < 0)
		return -errno;
	p->file = fdopen(fd, "wb");
	if (!p->file) {
		close(fd);
		return -ENOMEM;
	}
	return 0;
}

static int write_header(struct png *p)
{
	if (setjmp(png_jmpbuf(p->png)))
		return -EIO;
	png_init_io(p->png, p->file);
	png_set_user_limits(p->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
	png_set_IHDR(p->png, p->info, p->image->width_px, p->image->height_px, 8,
		     PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
		     PNG_FILTER_TYPE_DEFAULT);
	/* Prefer speed to the last few percent. */
	png_set_compression_level(p->png, 1);
	png_set_filter(p->png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
	png_write_info(p->png, p->info);
	/* Rows are XRGB8888: B, G, R and a byte that is left out. */
	png_set_bgr(p->png);
	png_set_filler(p->png, 0, PNG_FILLER_AFTER);
	return 0;
}

int png_start(struct png **out, const struct folder *folder, const char *name, bool replace,
	      const struct image *image)
{
	struct png *p = calloc(1, sizeof *p);
	int rc = -ENOMEM;

	if (!p)
		return -ENOMEM;
	p->folder = folder;
	p->replace = replace;
	p->image = image;
	snprintf(p->name, sizeof p->name, "%s", name);
	snprintf(p->temporary, sizeof p->temporary, ".%.250s.tmp", name);
	p->xrgb = malloc((size_t)image->width_px * 4);
	p->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, on_png_error, on_png_warning);
	if (p->png)
		p->info = png_create_info_struct(p->png);
	if (!p->xrgb || !p->png || !p->info)
		goto out;
	rc = open_file(p);
	if (rc == 0)
		rc = write_header(p);
out:
	if (rc < 0)
		destroy(p, false);
	else
		*out = p;
	return rc;
}

static int convert_row(struct png *p)
{
	const struct image *image = p->image;
	const struct xenav_frame row = {
		.pixels = image->pixels + p->row * image->row_bytes,
		.width_px = image->width_px,
		.height_px = 1,
		.stride_bytes = (uint32_t)image->row_bytes,
		.fourcc = image->fourcc,
	};

	return xenav_frame_to_xrgb8888(&row, p->xrgb, (size_t)image->width_px * 4);
}

static int write_rows(struct png *p, uint64_t until_ns)
{
	const struct image *image = p->image;

	errno = 0;
	if (setjmp(png_jmpbuf(p->png)))
		return errno ? -errno : -EIO;
	while (p->row < image->height_px) {
		if (convert_row(p) < 0)
			return -EIO;
		png_write_row(p->png, p->xrgb);
		if (++p->row % SLICE_ROWS == 0 && monotonic_ns() >= until_ns)
			return 0;
	}
	png_write_end(p->png, p->info);
	return 1;
}

/* Give the whole file its name, in place of an existing file only if p->replace. */
static int give_name(const struct png *p)
{
	const int fd = p->folder->fd;

	if (p->replace)
		return renameat(fd, p->temporary, fd, p->name) < 0 ? -errno : 0;
	if (renameat2(fd, p->temporary, fd, p->name, RENAME_NOREPLACE) == 0)
		return 0;
	/* Some file systems lack RENAME_NOREPLACE. */
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	if (linkat(fd, p->temporary, fd, p->name, 0) < 0)
		return -errno;
	unlinkat(fd, p->temporary, 0);
	return 0;
}

/* Close the written file and name it.  *bytes: its size. */
static int finish(struct png *p, uint64_t *bytes)
{
	long end;
	int rc = 0;

	end = ftell(p->file);
	if (end < 0 || fclose(p->file) != 0)
		rc = -errno;
	p->file = NULL;
	if (rc == 0)
		rc = give_name(p);
	*bytes = rc == 0 ? (uint64_t)end : 0;
	return rc;
}

int png_go_on(struct png *p, uint64_t until_ns, uint64_t *bytes)
{
	int rc;

	rc = write_rows(p, until_ns);
	if (rc == 0)
		return 0;
	if (rc > 0) {
		rc = finish(p, bytes);
		rc = rc < 0 ? rc : 1;
	}
	destroy(p, rc > 0);
	return rc;
}
