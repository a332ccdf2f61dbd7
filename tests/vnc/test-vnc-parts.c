/* SPDX-License-Identifier: MIT */
/* Samples, taps, messages, wrong passwords, the clipboard and QEMU's numbers of keys. */
#include <config.h>

#include <errno.h>
#include <linux/input-event-codes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "unit/test.h"
#include "vnc/lockout.h"
#include "vnc/paste.h"
#include "vnc/pcm.h"
#include "vnc/qemu.h"
#include "vnc/qnum.h"
#include "vnc/tap.h"

#define TEST(name) TEST_ALONE(name)

/* -------- samples -------- */

static int32_t decode(uint8_t format, const void *sample)
{
	struct xenav_format_info info;
	int32_t stereo[2];

	assert_int_equal(xenav_format_describe(format, &info), 0);
	pcm_decode(stereo, sample, 1, &info, 1);
	assert_int_equal(stereo[0], stereo[1]);
	return stereo[0];
}

TEST(samples_of_all_formats_are_decoded)
{
	assert_int_equal(decode(XENAV_FORMAT_S16_LE, "\x34\x92"), (int32_t)0x92340000);
	assert_int_equal(decode(XENAV_FORMAT_S16_BE, "\x92\x34"), (int32_t)0x92340000);
	assert_int_equal(decode(XENAV_FORMAT_U8, "\x80"), 0);
	assert_int_equal(decode(XENAV_FORMAT_U16_LE, "\0\0"), INT32_MIN);
	assert_int_equal(decode(XENAV_FORMAT_S24_LE, "\x56\x34\x92\0"), (int32_t)0x92345600);
	assert_int_equal(decode(XENAV_FORMAT_U24_BE, "\0\x80\0\1"), 0x100);
	assert_int_equal(decode(XENAV_FORMAT_S32_BE, "\x12\x34\x56\x78"), 0x12345678);
	assert_int_equal(decode(XENAV_FORMAT_FLOAT_BE, "\x3f\0\0\0"), 0x40000000);
	assert_int_equal(decode(XENAV_FORMAT_FLOAT64_BE, "\xbf\xe0\0\0\0\0\0\0"), -0x40000000);
	assert_int_equal(decode(XENAV_FORMAT_FLOAT_BE, "\x7f\xc0\0\0"), 0); /* no number */
	assert_int_equal(decode(XENAV_FORMAT_FLOAT_BE, "\x42\0\0\0"), INT32_MAX);
	assert_int_equal(decode(XENAV_FORMAT_FLOAT_BE, "\xff\x80\0\0"), INT32_MIN);
}

TEST(samples_are_encoded_as_a_client_wants_them)
{
	const int32_t stereo[] = {(int32_t)0x92345678, 0x12345678};
	uint8_t out[8];

	pcm_encode(out, stereo, 1, &(struct pcm_format){2, true, 2, 48000});
	assert_memory_equal(out, "\x34\x92\x34\x12", 4);
	pcm_encode(out, stereo, 1, &(struct pcm_format){1, false, 2, 48000});
	assert_memory_equal(out, "\x12\x92", 2);
	pcm_encode(out, stereo, 1, &(struct pcm_format){4, false, 1, 48000});
	assert_memory_equal(out, "\x78\x56\x34\x52", 4);
}

TEST(what_is_too_loud_is_clipped)
{
	int32_t a[] = {INT32_MAX, INT32_MIN};
	const int32_t b[] = {1, -1};

	pcm_mix(a, b, 1);
	assert_int_equal(a[0], INT32_MAX);
	assert_int_equal(a[1], INT32_MIN);
	pcm_scale(a, 1, 0, 0.5);
	assert_in_range(a[0], 0x3fffffff, 0x40000000);
	pcm_scale(a, 1, 1, 10);
	assert_int_equal(a[1], INT32_MIN);
}

/* Such a socket keeps writes apart. */
TEST(samples_are_written_in_one_piece_with_their_head)
{
	static rfbClientRec cl;
	static struct qemu_samples message;
	static uint8_t got[sizeof message];
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	cl.sock = fds[0];
	memset(message.samples, 0x5a, sizeof message.samples);
	assert_true(qemu_send_samples(&cl, &message, 1920));
	assert_int_equal(read(fds[1], got, sizeof got), 8 + 1920);
	assert_memory_equal(got, "\xff\1\0\2\0\0\x07\x80\x5a", 9);
	assert_int_equal(got[8 + 1919], 0x5a);
	assert_true(qemu_send_samples(&cl, &message, sizeof message.samples));
	assert_int_equal(read(fds[1], got, sizeof got), sizeof message);
	close(fds[0]);
	close(fds[1]);
}

/* A sine stays one, and no frame too many or too few is made. */
TEST(another_rate_keeps_the_tone)
{
	static int32_t in[4410 * 2], out[4800 * 2 + 16];
	struct resampler r;
	uint32_t n = 0;

	for (unsigned int i = 0; i < 4410; i++)
		in[2 * i] = in[2 * i + 1] = (int32_t)(1e9 * sin(2 * M_PI * 100 * i / 44100));
	resampler_init(&r, 44100, 48000);
	for (unsigned int i = 0; i < 4410; i += 49) {
		assert_int_equal(resampler_need(&r, 1) <= 1, 1);
		n += resampler_run(&r, in + 2 * i, 49, out + (size_t)2 * n, 4800 + 8 - n);
	}
	assert_in_range(n, 4799, 4801);
	for (unsigned int i = 100; i < n; i++) {
		/* It is one input frame late. */
		const double wanted = 1e9 * sin(2 * M_PI * 100 * (i / 48000.0 - 1 / 44100.0));

		assert_true(fabs(out[2 * i] - wanted) < 1e5);
	}
}

TEST(a_resampler_says_what_it_needs)
{
	static const uint32_t rates[][2] = {{8000, 192000}, {192000, 8000}, {44100, 48000}};
	static int32_t in[3000 * 2], out[600 * 2];

	for (unsigned int i = 0; i < 3; i++) {
		struct resampler r;

		resampler_init(&r, rates[i][0], rates[i][1]);
		for (unsigned int round = 0; round < 100; round++) {
			const uint32_t want = 1 + round % 100;
			const uint32_t need = resampler_need(&r, want);

			assert_true(need <= 3000);
			assert_int_equal(resampler_run(&r, in, need, out, want), want);
		}
	}
}

TEST(a_tap_keeps_the_newest_half_second)
{
	static int32_t frames[4800 * 2];
	static uint8_t out[200000];
	struct tap *tap = tap_new();
	bool plays;

	assert_non_null(tap);
	assert_false(tap_put(tap, frames, 4800, 48000));
	tap_open(tap, true);
	tap_set_plays(tap, true);
	for (int round = 0; round < 7; round++) {
		for (unsigned int i = 0; i < 4800 * 2; i++)
			frames[i] = round << 16;
		assert_true(tap_put(tap, frames, 4800, 48000));
	}
	assert_int_equal(tap_take(tap, out, sizeof out, &plays), 24000 * 4);
	assert_true(plays);
	assert_int_equal(out[0], 2);
	assert_int_equal(out[24000 * 4 - 2], 6);
	assert_int_equal(tap_take(tap, out, sizeof out, &plays), 0);
	tap_set_format(tap, &(struct pcm_format){1, false, 1, 4000});
	tap_put(tap, frames, 4800, 48000);
	assert_in_range(tap_take(tap, out, 7, &plays), 1, 7);
	tap_open(tap, false);
	assert_int_equal(tap_take(tap, out, sizeof out, &plays), 0);
	assert_false(plays);
	tap_free(tap);
	tap_free(NULL);
}

/* -------- passwords -------- */

TEST(wrong_passwords_cost_more_and_more_time)
{
	static struct lockout lockout;
	unsigned int left_s;
	uint64_t now = NS_PER_S;

	for (unsigned int i = 1; i < LOCKOUT_FREE; i++)
		assert_int_equal(lockout_add(&lockout, "a", now, &left_s), i);
	assert_int_equal(left_s, 0);
	lockout_add(&lockout, "a", now, &left_s);
	assert_int_equal(left_s, 10);
	assert_int_equal(lockout_left(&lockout, "b", now), 0);
	now += 10 * NS_PER_S;
	assert_int_equal(lockout_left(&lockout, "a", now), 0);
	lockout_add(&lockout, "a", now, &left_s);
	assert_int_equal(left_s, 20);
	for (unsigned int i = 0; i < 100; i++)
		lockout_add(&lockout, "a", now, &left_s);
	assert_int_equal(left_s, LOCKOUT_MAX_S);
	lockout_forget(&lockout, "a");
	assert_int_equal(lockout_left(&lockout, "a", now), 0);
	memset(&lockout, 0, sizeof lockout);
}

TEST(the_address_that_tried_last_is_not_the_one_that_is_forgotten)
{
	static struct lockout lockout;
	unsigned int left_s;
	char name[16];

	for (unsigned int i = 0; i < LOCKOUT_PLACES + 10; i++) {
		snprintf(name, sizeof name, "host%u", i);
		for (unsigned int k = 0; k < LOCKOUT_FREE; k++)
			lockout_add(&lockout, name, NS_PER_S + i, &left_s);
	}
	assert_true(lockout_left(&lockout, name, NS_PER_S + 100) > 0);
	assert_int_equal(lockout_left(&lockout, "host0", NS_PER_S + 100), 0);
}

TEST(addresses_of_one_network_of_ipv6_count_together)
{
	static struct lockout lockout;
	unsigned int left_s;
	char name[48];

	for (unsigned int i = 1; i <= LOCKOUT_FREE; i++) {
		snprintf(name, sizeof name, "2001:db8:0:1::%x%s", i, i == 2 ? "%eth0" : "");
		assert_int_equal(lockout_add(&lockout, name, NS_PER_S, &left_s), i);
	}
	assert_int_equal(left_s, LOCKOUT_FIRST_S);
	assert_true(lockout_left(&lockout, "2001:db8:0:1:ffff::1", NS_PER_S) > 0);
	assert_int_equal(lockout_left(&lockout, "2001:db8:0:2::1", NS_PER_S), 0);
	assert_int_equal(lockout_left(&lockout, "::ffff:192.0.2.1", NS_PER_S), 0);
}

TEST(wrong_passwords_of_the_day_before_do_not_count)
{
	static struct lockout lockout;
	uint64_t now = NS_PER_S;
	unsigned int left_s;

	for (unsigned int i = 1; i <= LOCKOUT_FREE; i++)
		lockout_add(&lockout, "a", now, &left_s);
	assert_true(left_s > 0);
	now += (LOCKOUT_MEMORY_S + 1) * NS_PER_S;
	assert_int_equal(lockout_add(&lockout, "a", now, &left_s), 1);
	assert_int_equal(left_s, 0);
}

/* -------- the clipboard -------- */

TEST(a_text_for_the_guest_is_checked)
{
	static char text[PASTE_MAX_BYTES + 1];
	struct paste paste = {0};

	memset(text, 'x', sizeof text);
	assert_int_equal(paste_begin(&paste, text, sizeof text), -E2BIG);
	assert_int_equal(paste_begin_latin1(&paste, text, sizeof text), -E2BIG);
	assert_int_equal(paste_begin(&paste, "\xff", 1), -EILSEQ);
	assert_null(paste.text);
	assert_int_equal(paste_begin_latin1(&paste, "\xe4\xff", 2), 0);
	assert_string_equal(paste.text, "\xc3\xa4\xc3\xbf");
	assert_int_equal(paste_begin(&paste, "new\0old", 7), 0);
	assert_string_equal(paste.text, "new");
	paste_end(&paste);
	paste_end(&paste);
	assert_null(paste.text);
}

/* -------- keys -------- */

TEST(numbers_of_keys_are_those_of_a_pc_keyboard)
{
	assert_int_equal(qnum_to_code(0x1e), KEY_A);
	assert_int_equal(qnum_to_code(0xc8), KEY_UP);
	assert_int_equal(qnum_to_code(0xe048), KEY_UP);
	assert_int_equal(qnum_to_code(0xb8), KEY_RIGHTALT);
	assert_int_equal(qnum_to_code(0), 0);
	assert_int_equal(qnum_to_code(0xff), 0);
	assert_int_equal(qnum_to_code(0x1048), 0);
	assert_int_equal(qnum_to_code(UINT32_MAX), 0);
	for (uint32_t qnum = 1; qnum < 0x200; qnum++)
		assert_in_range(qnum_to_code(qnum), 0, 239);
}
