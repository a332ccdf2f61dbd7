/* SPDX-License-Identifier: MIT */
/* See events.h. */
#include <config.h>

#include <stddef.h>

#include "report/events.h"

static const char *const ids[LOG_EVENTS] = {
	[LOG_STARTED] = "5067bd2fcdda440aaeed04f5d423ec12",
	[LOG_STOPPING] = "847c9779524044dda5ec3f18b26046ed",
	[LOG_LEAVING] = "06b06520fba440d3b2732ad75f3a1afb",
	[LOG_CONNECTED] = "7b271b64bb7f49b5bbc109c5002874c4",
	[LOG_RESUMED] = "1955dca291534284967116d7ca8df3d1",
	[LOG_DISCONNECTED] = "cd6728c972c44f67b03323443066848e",
	[LOG_FAILING] = "d91cc810fcef443db678bdd3e44db29c",
	[LOG_STORE_LOST] = "b3a5ab29266249d6a8738e75abb87e45",
	[LOG_STORE_BACK] = "345eee1d7ac44b1a84b8491db0787154",
	[LOG_CONSUMER_ENDED] = "038b755b1c7f4570bba44922049b330e",
	[LOG_CONSUMER_LATE] = "c6e711e3c73b43e4819de75f8513f080",
	[LOG_RELOADED] = "279c0a85d4fd40ef999171c118d1ff3e",
	[LOG_NOT_RELOADED] = "be0b3a82fae142c49ab861c2cc335715",
};

const char *log_event_id(enum log_event event)
{
	return ids[event];
}
