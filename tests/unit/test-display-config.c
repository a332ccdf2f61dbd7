/* SPDX-License-Identifier: MIT */
/* The nodes that a vdispl frontend may publish, and those that are refused. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "display-fake.h"
#include "display/published.h"
#include "test.h"
#include "xen/tree.h"

static struct tree *tree;
static struct log_source source;
static struct published_display config;

static int setup(void **)
{
	log_source_init(&source, "vdispl 1/0");
	return tree_create(&tree);
}

static int teardown(void **)
{
	tree_destroy(tree);
	return 0;
}

static void add(const char *path, const char *value)
{
	assert_int_equal(tree_add(tree, path, value), 0);
}

/* A sound connector, but for the node without (which may be NULL). */
static void add_connector(unsigned index, const char *resolution, const char *without)
{
	static const char *const names[] = {"resolution", "req-ring-ref", "req-event-channel",
					    "evt-ring-ref", "evt-event-channel"};
	char path[64], number[16];

	for (unsigned i = 0; i < 5; i++) {
		if (without && strcmp(names[i], without) == 0)
			continue;
		snprintf(path, sizeof path, "%u/%s", index, names[i]);
		snprintf(number, sizeof number, "%u", 10 * index + i);
		add(path, i == 0 ? resolution : number);
	}
}

static int read_config(void)
{
	return published_display_read(&config, tree, &source);
}

#define TEST(name) TEST_WITH(name, setup, teardown)

TEST(reads_what_xl_and_linux_write)
{
	add("be-alloc", "0");
	add_connector(0, "800x600", NULL);
	add("0/unique-id", "left");
	add_connector(1, "640x480", NULL);
	assert_int_equal(read_config(), 0);
	assert_false(config.be_alloc);
	assert_int_equal(config.n_connectors, 2);
	assert_int_equal(config.connectors[0].width_px, 800);
	assert_int_equal(config.connectors[0].height_px, 600);
	assert_string_equal(config.connectors[0].unique_id, "left");
	assert_int_equal(config.connectors[1].width_px, 640);
	assert_int_equal(config.connectors[1].height_px, 480);
	assert_string_equal(config.connectors[1].unique_id, "1");
	assert_int_equal(config.connectors[1].refs.ring_ref, 11);
	assert_int_equal(config.connectors[1].refs.ring_port, 12);
	assert_int_equal(config.connectors[1].refs.event_ref, 13);
	assert_int_equal(config.connectors[1].refs.event_port, 14);
}

TEST(takes_only_1_for_be_alloc)
{
	static const char *const values[] = {"0", "", "2", "yes", "01", "1 ", "\x01"};

	add_connector(0, "800x600", NULL);
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		struct tree *other;

		assert_int_equal(tree_create(&other), 0);
		assert_int_equal(tree_add(other, "be-alloc", values[i]), 0);
		assert_int_equal(tree_add(other, "0/resolution", "1x1"), 0);
		/* No rings, which this test needs not. */
		assert_int_equal(published_display_read(&config, other, &source), -ENOENT);
		assert_false(config.be_alloc);
		tree_destroy(other);
	}
	assert_int_equal(read_config(), 0);
	assert_false(config.be_alloc);
	add("be-alloc", "1");
	assert_int_equal(read_config(), 0);
	assert_true(config.be_alloc);
}

TEST(parses_resolutions_strictly)
{
	static const char *const bad[] = {
		"",
		"x",
		"800",
		"800x",
		"x600",
		"800x600x",
		"0x600",
		"800x0",
		"0x0",
		"-800x600",
		"+800x600",
		"800x-600",
		" 800x600",
		"800x600 ",
		"800 x600",
		"800X600",
		"0x10x600",
		"16385x1",
		"1x16385",
		"4294967296x1",
		"1x4294967297",
		"2147483648x1",
		"4294967295x4294967295",
		"99999999999999999999x1",
		"800,600",
		"8e2x600",
		"800x600@60",
	};
	static const struct {
		const char *text;
		uint32_t w, h;
	} good[] = {{"1x1", 1, 1}, {"16384x16384", 16384, 16384}, {"4095x2047", 4095, 2047}};
	uint32_t w = 7, h = 9;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(resolution_parse(bad[i], &w, &h), -EINVAL);
		assert_int_equal(w, 7);
		assert_int_equal(h, 9);
	}
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_int_equal(resolution_parse(good[i].text, &w, &h), 0);
		assert_int_equal(w, good[i].w);
		assert_int_equal(h, good[i].h);
	}
}

TEST(refuses_a_malformed_resolution)
{
	add_connector(0, "800x600", NULL);
	add_connector(1, "huge", NULL);
	assert_int_equal(read_config(), -EINVAL);
}

TEST(refuses_an_unprintable_resolution)
{
	add_connector(0, "800x600\n", NULL);
	assert_true(read_config() < 0);
}

/* Log lines about such a connector. */
static const char *logged_of(const char *resolution)
{
	static char text[512];
	const int saved = dup(STDERR_FILENO);
	int ends[2];
	ssize_t n;

	assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
	tree_destroy(tree);
	assert_int_equal(setup(NULL), 0);
	add_connector(0, "800x600", NULL);
	add_connector(1, resolution, NULL);
	add("1/unique-id", "left");
	dup2(ends[1], STDERR_FILENO);
	assert_int_equal(read_config(), 0);
	dup2(saved, STDERR_FILENO);
	n = read(ends[0], text, sizeof text - 1);
	text[n > 0 ? n : 0] = '\0';
	close(saved);
	close(ends[0]);
	close(ends[1]);
	return text;
}

TEST(says_which_connector_is_too_large_for_linux)
{
	static const char *const fine[] = {"1x1", "4095x2047", "1080x1920", "2560x1440"};
	static const char *const large[] = {"3840x2160", "4096x2047", "4095x2048", "16384x16384"};
	char line[128];

	for (unsigned i = 0; i < 4; i++) {
		assert_string_equal(logged_of(fine[i]), "");
		snprintf(line, sizeof line, "Connector 1 (left) has %s pixels: ", large[i]);
		assert_non_null(strstr(logged_of(large[i]), line));
		assert_non_null(strstr(logged_of(large[i]), " modes up to 4095x2047"));
	}
}

TEST(needs_every_node_of_a_connector)
{
	static const char *const names[] = {"resolution", "req-ring-ref", "req-event-channel",
					    "evt-ring-ref", "evt-event-channel"};

	for (unsigned i = 0; i < 5; i++) {
		tree_destroy(tree);
		assert_int_equal(tree_create(&tree), 0);
		add_connector(0, "800x600", NULL);
		add_connector(1, "800x600", names[i]);
		assert_int_equal(read_config(), -ENOENT);
	}
}

TEST(refuses_malformed_rings)
{
	static const char *const bad[] = {"", "-1", "4294967296", "12a", "0x10", " 1"};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		tree_destroy(tree);
		assert_int_equal(tree_create(&tree), 0);
		add_connector(0, "800x600", "evt-ring-ref");
		add("0/evt-ring-ref", bad[i]);
		assert_int_equal(read_config(), -EINVAL);
	}
}

TEST(refuses_a_display_without_connectors)
{
	assert_int_equal(read_config(), -ENOENT);
	add("be-alloc", "0");
	add_connector(1, "800x600", NULL);
	assert_int_equal(read_config(), -ENOENT);
}

TEST(knows_which_versions_it_offers)
{
	static const struct {
		const char *text;
		int version; /* 0: refused */
	} cases[] = {{"1", 1}, {"2", 2}, {"0", 0}, {"3", 0}, {"", 0}, {"1,2", 0}, {"-1", 0}};

	add_connector(0, "800x600", NULL);
	assert_int_equal(read_config(), 0);
	assert_int_equal(config.version, 2);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		teardown(NULL);
		assert_int_equal(setup(NULL), 0);
		add_connector(0, "800x600", NULL);
		add("version", cases[i].text);
		assert_int_equal(read_config(), cases[i].version ? 0 : -EINVAL);
		if (cases[i].version)
			assert_int_equal(config.version, cases[i].version);
	}
}

TEST(stops_at_a_gap)
{
	add_connector(0, "800x600", NULL);
	add_connector(2, "800x600", NULL);
	assert_int_equal(read_config(), 0);
	assert_int_equal(config.n_connectors, 1);
}

TEST(stops_where_the_frontend_has_stopped)
{
	for (unsigned i = 0; i < 4; i++)
		add_connector(i, "640x480", NULL);
	/* Linux knows four, whatever the toolstack has written. */
	for (unsigned i = 4; i < 20; i++) {
		char path[16];

		snprintf(path, sizeof path, "%u/resolution", i);
		add(path, i == 4 ? "huge" : "640x480");
	}
	assert_int_equal(read_config(), 0);
	assert_int_equal(config.n_connectors, 4);
	/* Half a publication is an error. */
	add("5/evt-ring-ref", "9");
	assert_int_equal(read_config(), 0);
	add("4/evt-ring-ref", "9");
	assert_int_equal(read_config(), -EINVAL);
}

TEST(takes_sixteen_connectors_and_no_more)
{
	for (unsigned i = 0; i < 16; i++)
		add_connector(i, "640x480", NULL);
	assert_int_equal(read_config(), 0);
	assert_int_equal(config.n_connectors, 16);
	add_connector(16, "640x480", NULL);
	assert_int_equal(read_config(), -EINVAL);
}

TEST(takes_a_unique_id_of_95_printable_characters)
{
	char text[128];

	add_connector(0, "640x480", NULL);
	memset(text, 'x', sizeof text);
	text[95] = '\0';
	add("0/unique-id", text);
	assert_int_equal(read_config(), 0);
	assert_string_equal(config.connectors[0].unique_id, text);
}

TEST(refuses_a_unique_id_of_96_characters)
{
	char text[128];

	add_connector(0, "640x480", NULL);
	memset(text, 'x', sizeof text);
	text[96] = '\0';
	add("0/unique-id", text);
	assert_int_equal(read_config(), -EINVAL);
}

TEST(refuses_an_unprintable_unique_id)
{
	add_connector(0, "640x480", NULL);
	add("0/unique-id", "a\x1b[31mb");
	assert_int_equal(read_config(), -EINVAL);
}
