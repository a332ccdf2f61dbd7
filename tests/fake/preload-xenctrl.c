/* SPDX-License-Identifier: MIT */
/*
 * As much of libxenctrl as xenstored asks: which domains are there.  Its own library, because the
 * structure that comes with it is Xen's unstable interface; only this file includes it.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <xenctrl.h>

#include "preload.h"

struct xc_interface_core {
	int unused;
};

xc_interface *xc_interface_open(xentoollog_logger *, xentoollog_logger *, unsigned)
{
	if (!preload_attach())
		return NULL;
	return calloc(1, sizeof(struct xc_interface_core));
}

int xc_interface_close(xc_interface *xch)
{
	free(xch);
	return 0;
}

int xc_domain_getinfo(xc_interface *, uint32_t first_domid, unsigned int max_doms,
		      xc_dominfo_t *info)
{
	unsigned n = 0;

	while (n < max_doms && first_domid < MACHINE_DOMIDS) {
		uint16_t domid;
		bool dying;

		if (!machine_domain_info((uint16_t)first_domid, &domid, &dying))
			break;
		memset(&info[n], 0, sizeof info[n]);
		info[n].domid = domid;
		info[n].dying = dying;
		first_domid = domid + 1u;
		n++;
	}
	return n ? (int)n : -1;
}
