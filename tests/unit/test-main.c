/* SPDX-License-Identifier: MIT */
#include <config.h>

#include "test.h"

int main(void)
{
	return test_run(NULL, NULL);
}
