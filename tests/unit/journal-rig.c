/* SPDX-License-Identifier: MIT */
#include <config.h>

#include "journal-rig.h"

#include "report/log.h"
#include "test.h"

struct journal *j;

int journal_rig_setup(void **state)
{
	log_threshold = LOG_LEVEL_ERR;
	fdstore_rig_setup(state);
	j = NULL;
	assert_int_equal(journal_open(&j), 0);
	return 0;
}

int journal_rig_teardown(void **state)
{
	journal_close(j);
	return fdstore_rig_teardown(state);
}

void journal_rig_restart(void)
{
	journal_close(j);
	j = NULL;
	fdstore_rig_restart();
	assert_int_equal(journal_open(&j), 0);
}
