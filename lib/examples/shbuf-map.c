/* SPDX-License-Identifier: MIT */
/*
 * shbuf-map DOMID GREF BYTES: write a buffer that a guest shares, whose page directory begins at
 * GREF, to standard output.
 *
 *     cc shbuf-map.c $(pkg-config --cflags --libs libxenshbuf xengnttab)
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xengnttab.h>
#include <xenshbuf.h>

/* 64 MiB: what a guest asks for is limited before anything is mapped. */
#define MAX_PAGES 16384

static int number(const char *text, uint32_t *out)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || value > UINT32_MAX)
		return -EINVAL;
	*out = (uint32_t)value;
	return 0;
}

static int map(xengnttab_handle *xgt, uint32_t domid, uint32_t gref, uint32_t size_bytes)
{
	struct xenshbuf *buf;
	int end_rc;
	int rc;

	rc = xenshbuf_map(&buf, xgt, domid, gref, size_bytes, 0, MAX_PAGES);
	if (rc < 0)
		return rc;
	/* The guest may change the bytes meanwhile; whoever parses them copies them first. */
	if (fwrite(xenshbuf_data(buf), 1, size_bytes, stdout) != size_bytes || fflush(stdout) != 0)
		rc = -EIO;
	end_rc = xenshbuf_unmap(buf);
	return rc < 0 ? rc : end_rc;
}

int main(int argc, char **argv)
{
	uint32_t domid, gref, size_bytes;
	xengnttab_handle *xgt;
	int rc;

	if (argc != 4 || number(argv[1], &domid) < 0 || number(argv[2], &gref) < 0 ||
	    number(argv[3], &size_bytes) < 0) {
		fprintf(stderr, "usage: %s DOMID GREF BYTES\n", argv[0]);
		return 64;
	}
	xgt = xengnttab_open(NULL, 0);
	if (!xgt) {
		fprintf(stderr, "%s: there is no Xen, or no right to use it: %s\n", argv[0],
			strerror(errno));
		return 69;
	}
	rc = map(xgt, domid, gref, size_bytes);
	if (rc < 0)
		fprintf(stderr, "%s: %s\n", argv[0], strerror(-rc));
	xengnttab_close(xgt);
	return rc < 0 ? 1 : 0;
}
