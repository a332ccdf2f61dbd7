/* SPDX-License-Identifier: MIT */
/* See complete.h. */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "complete.h"
#include "status.h"
#include "words.h"

static void print_guests(const struct status *status)
{
	char fit[WORD_TEXT_BYTES];

	for (size_t i = 0; i < status->n_guests; i++)
		if (status->guests[i].name[0])
			puts(word_text(fit, status->guests[i].name));
		else
			printf("%u\n", status->guests[i].domid);
}

void complete_words(const struct ctl *ctl, const char *what)
{
	struct client client;
	struct status status;

	if (client_open(&client, ctl->socket) < 0)
		return;
	if (status_get(&client, &status) == 0) {
		if (strcmp(what, "guests") == 0)
			print_guests(&status);
		for (size_t i = 0; strcmp(what, "consumers") == 0 && i < status.n_consumers; i++)
			printf("%u\n", status.consumers[i].consumer);
		status_free(&status);
	}
	client_close(&client);
}
