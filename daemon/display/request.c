/* SPDX-License-Identifier: MIT */
/* See request.h. */
#include <config.h>

#include <string.h>

#include "display/context.h"
#include "display/request.h"
#include "display/screen.h"
#include "report/log.h"

_Static_assert(sizeof(struct xendispl_resp) == RING_SLOT_BYTES, "a response fills a slot");

void request_answer(struct request *request, int status)
{
	struct connector *conn = request->conn;
	uint8_t image[RING_SLOT_BYTES];
	struct xendispl_resp rsp;

	if (conn->context->dead)
		return;
	/* The whole slot, so that nothing of ours gets out and nothing of the request stays. */
	memset(&rsp, 0, sizeof rsp);
	rsp.id = request->req.id;
	rsp.operation = request->req.operation;
	rsp.status = status;
	rsp.op.get_edid.edid_sz = request->edid_bytes;
	memcpy(image, &rsp, sizeof image);
	channel_respond(&conn->channel, image);
}

static void refuse(const struct request *request, int rc, const char *why)
{
	const struct xendispl_req *req = &request->req;
	const unsigned long long cookie = req->op.dbuf_create.dbuf_cookie;
	struct log_source *log = request->conn->context->log;
	const unsigned index = request->conn->index;

	if (!request->name)
		log_warn_from(log, "Operation 0x%02x on connector %u refused: %s", req->operation,
			      index, why);
	else if (req->operation == XENDISPL_OP_GET_EDID)
		log_warn_from(log, "%s on connector %u refused: %s (%s)", request->name, index, why,
			      strerror(-rc));
	else if (why)
		log_warn_from(log, "%s of 0x%llx on connector %u refused: %s (%s)", request->name,
			      cookie, index, why, strerror(-rc));
	else
		log_debug_from(log, "%s of 0x%llx on connector %u: no such thing", request->name,
			       cookie, index);
}

void request_finish(struct request *request, int rc, const char *why)
{
	if (rc < 0)
		refuse(request, rc, why);
	request_answer(request, rc);
}
