/* SPDX-License-Identifier: MIT */
/* Which pages may reach a guest: backends/vnc/web/origin.h. */
#include <config.h>

#include "unit/test.h"
#include "vnc/web/origin.h"

TEST_ALONE(a_page_of_the_host_itself_is_admitted)
{
	assert_true(origin_admits("http://localhost:6080", "localhost:6080", false, true, NULL));
	assert_true(origin_admits("https://xen.example", "xen.example", true, false, NULL));
	assert_true(origin_admits("http://[::1]:6080", "[::1]:6080", false, true, NULL));
	assert_true(origin_admits("http://127.0.0.1:6080", "127.0.0.1:6080", false, true, NULL));
}

TEST_ALONE(a_page_of_another_site_is_not_admitted)
{
	assert_false(origin_admits("http://evil.example", "localhost:6080", false, true, NULL));
	assert_false(origin_admits("http://localhost:8000", "localhost:6080", false, true, NULL));
	assert_false(origin_admits("http://localhost", "localhost", true, true, NULL));
	assert_false(origin_admits("null", "localhost:6080", false, true, NULL));
	assert_false(origin_admits("http://", "", false, false, NULL));
}

TEST_ALONE(a_name_that_only_resolves_to_this_machine_is_not_local)
{
	assert_false(origin_admits("http://evil.example", "evil.example", false, true, NULL));
	assert_false(origin_admits("", "evil.example", false, true, NULL));
	assert_false(origin_admits("", "localhost.evil.example", false, true, NULL));
	assert_false(origin_admits("", "127.0.0.1.evil.example", false, true, NULL));
	assert_false(origin_admits("", "[::1", false, true, NULL));
	assert_true(origin_admits("", "guest.localhost:1", false, true, NULL));
	assert_true(origin_admits("http://evil.example", "evil.example", false, false, NULL));
}

TEST_ALONE(the_origin_that_the_administrator_names_is_admitted)
{
	assert_true(origin_admits("https://proxy.example", "localhost:6080", false, true,
				  "https://proxy.example"));
	assert_false(origin_admits("https://proxy.example.evil", "localhost:6080", false, true,
				   "https://proxy.example"));
}
