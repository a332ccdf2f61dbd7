/* SPDX-License-Identifier: MIT */
/* Where the messages of a client end, and which of them pass. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unit/test.h"
#include "vnc/messages.h"

#define TEST(name) TEST_ALONE(name)

static struct messages m;

static int begin(const char *version, bool has_password)
{
	return messages_begin(&m, (const uint8_t *)version, has_password);
}

static int next(const void *data, size_t size, size_t *bytes)
{
	const char *why = NULL;
	const int verdict = messages_next(&m, data, size, bytes, &why);

	assert_int_equal(verdict < 0, why != NULL);
	return verdict;
}

/* It is not whole with fewer bytes, and no longer with more. */
static void check_passes(const uint8_t *data, size_t length)
{
	uint8_t longer[4096] = {0};
	size_t bytes;

	assert_true(length + 16 <= sizeof longer);
	memcpy(longer, data, length);
	for (size_t n = 0; n < length; n++)
		assert_int_equal(next(longer, n, &bytes), VERDICT_MORE);
	assert_int_equal(next(longer, length, &bytes), VERDICT_PASS);
	assert_int_equal(bytes, length);
	assert_int_equal(next(longer, length + 16, &bytes), VERDICT_PASS);
	assert_int_equal(bytes, length);
}

static void be_normal(void)
{
	size_t bytes;

	assert_int_equal(begin("RFB 003.008\n", false), 8);
	assert_int_equal(next("\1", 1, &bytes), VERDICT_PASS);
	assert_int_equal(next("\1", 1, &bytes), VERDICT_PASS);
}

TEST(versions_are_3_7_or_8)
{
	assert_int_equal(begin("RFB 003.003\n", false), 3);
	assert_int_equal(begin("RFB 003.006\n", false), 3);
	assert_int_equal(begin("RFB 003.007\n", false), 7);
	assert_int_equal(begin("RFB 003.889\n", false), 8);
	assert_int_equal(begin("RFB 003.002\n", false), -EPROTO);
	assert_int_equal(begin("RFB 004.001\n", false), -EPROTO);
	assert_int_equal(begin("RFB 003.0 8\n", false), -EPROTO);
	assert_int_equal(begin("RFB 003.008 ", false), -EPROTO);
	assert_int_equal(begin("GET / HTTP/1", false), -EPROTO);
}

TEST(a_client_has_to_choose_what_is_offered)
{
	size_t bytes;

	begin("RFB 003.008\n", true);
	assert_int_equal(next("\1", 1, &bytes), -EPROTO);
	begin("RFB 003.008\n", false);
	assert_int_equal(next("\2", 1, &bytes), -EPROTO);
	begin("RFB 003.008\n", true);
	assert_int_equal(next("\2", 1, &bytes), VERDICT_PASS);
	assert_int_equal(next("0123456789abcde", 15, &bytes), VERDICT_MORE);
	assert_int_equal(next("0123456789abcdef!", 17, &bytes), VERDICT_PASS);
	assert_int_equal(bytes, 16);
	assert_int_equal(next("\1", 1, &bytes), VERDICT_PASS);
	assert_int_equal(m.state, AT_NORMAL);
}

TEST(whole_messages_pass)
{
	static const uint8_t desktop[40] = {251, 0, 0, 9, 0, 9, 2};
	static const uint8_t format[20] = {0, 0, 0, 0, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8};
	static const uint8_t samples[10] = {255, 1, 0, 2, 3, 2, 0, 0, 187, 128};

	be_normal();
	check_passes(format, 20);
	check_passes((const uint8_t *)"\2\0\0\2\0\0\0\0\0\0\0\1", 12);
	check_passes((const uint8_t *)"\3\0\0\0\0\0\0\1\0\1", 10);
	check_passes((const uint8_t *)"\4\1\0\0\0\0\0a", 8);
	check_passes((const uint8_t *)"\5\1\0\1\0\1", 6);
	check_passes((const uint8_t *)"\6\0\0\0\0\0\0\2hi", 10);
	check_passes((const uint8_t *)"\6\0\0\0\377\377\377\374\0\0\0\1", 12);
	check_passes(desktop, 40);
	check_passes((const uint8_t *)"\377\0\0\1\0\0\0a\0\0\0\36", 12);
	check_passes((const uint8_t *)"\377\1\0\0", 4);
	check_passes(samples, 10);
}

TEST(what_is_not_served_is_dropped_however_it_comes)
{
	static uint8_t huge[1 << 20] = {6, 0, 0, 0, 0, 0x10, 0, 0};
	size_t bytes, dropped = 0;

	be_normal();
	assert_int_equal(next("\10\2\0\0\5", 5, &bytes), VERDICT_DROP);
	assert_int_equal(bytes, 4);
	assert_int_equal(next("\13\0\0\0\377\377\377\377\5", 9, &bytes), VERDICT_DROP);
	assert_int_equal(bytes, 8);
	while (dropped < 8 + (1u << 20)) {
		const size_t n = dropped ? 1000 : 8;

		assert_int_equal(next(huge, n, &bytes), VERDICT_DROP);
		assert_true(bytes > 0);
		dropped += bytes;
	}
	assert_int_equal(dropped, 8 + (1u << 20));
	check_passes((const uint8_t *)"\5\1\0\1\0\1", 6);
}

TEST(what_could_harm_ends_the_connection)
{
	static const struct {
		const char *data;
		size_t size;
	} bad[] = {
		{"\7\0\0\0", 4},
		{"\1\0\0\0", 4},
		{"\226", 1},
		{"\377\2", 2},
		{"\377\1\0\3", 4},
		{"\2\0\377\377", 4},
		{"\13\0\0\0\0\1\0\0", 8},
		{"\0\0\0\0\30\30\0\1", 8},
		{"\0\0\0\0\40\30\0\0", 8},
		{"\0\0\0\0\20\20\0\1\0\1\0\1\0\1\20", 15},
	};
	size_t bytes;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		be_normal();
		assert_int_equal(next(bad[i].data, bad[i].size, &bytes), -EPROTO);
	}
}

TEST(random_bytes_always_get_on)
{
	uint8_t data[512];
	size_t bytes;

	srand(1);
	for (unsigned int round = 0; round < 20000; round++) {
		const size_t size = 1 + (size_t)rand() % sizeof data;
		int verdict;

		for (size_t i = 0; i < size; i++)
			data[i] = (uint8_t)(rand() % 3 ? rand() % 12 : rand());
		be_normal();
		verdict = next(data, size, &bytes);
		if (verdict == VERDICT_PASS || verdict == VERDICT_DROP)
			assert_in_range(bytes, 1, size);
	}
}
