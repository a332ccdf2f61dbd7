/* SPDX-License-Identifier: MIT */
/*
 * Configuration files, of an administrator who mistypes.  What is read can be printed, and read
 * again with the same result.  The first byte says where the input is divided into two files.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/config.h"
#include "config/keys.h"
#include "fuzz.h"

static void must(bool condition)
{
	if (!condition)
		abort();
}

/* @return the descriptor of a file with that content. */
static int make_file(const void *data, size_t size, char path[32])
{
	const int fd = memfd_create("conf", MFD_CLOEXEC);

	must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

static int read_file(struct config *config, const void *data, size_t size)
{
	char error[512];
	char path[32];
	const int fd = make_file(data, size, path);
	const int rc = config_read(config, path, error, sizeof error);

	close(fd);
	must(rc == 0 || error[0]);
	return rc;
}

/* @return the text (malloc) of a configuration, *size bytes. */
static char *print(const struct config *config, size_t *size)
{
	char *text = NULL;
	FILE *file = open_memstream(&text, size);

	must(file && config_print(config, file) == 0 && fclose(file) == 0);
	return text;
}

static void begin(struct config *config)
{
	config_defaults(config);
	config->socket_group[0] = '\0';
}

static void read_again(const char *text, size_t size)
{
	struct config config;
	size_t size_again;
	char *again;

	begin(&config);
	must(read_file(&config, text, size) == 0);
	again = print(&config, &size_again);
	must(size == size_again && memcmp(text, again, size) == 0);
	free(again);
	config_finish(&config);
}

/* Ask all there is to ask, for somebody whom the files may name. */
static void use(const struct policy *policy)
{
	static const gid_t groups[] = {1, 44};
	const struct consumer_id who = {1, 0, groups, 2};
	struct guest_info guest = {.domid = 7, .name = "a"};
	struct consumer_rights rights;
	const struct consumer_rule *rule = policy_admits(policy, &who);

	policy_guest(policy, guest.name, guest.uuid, &guest.policy);
	policy_consumer(policy, &who, &guest, &rights);
	must(!policy_trusts(policy, &who) || rule);
	must(!rule || consumer_rule_whom(rule) != 0);
	policy_tells_of(policy, &who, &guest);
	policy_controls(policy, &who);
	policy_admits_others(policy, 44);
	policy_names_guests(policy);
	policy_supplies(policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct config config, other;
	size_t first = input_byte(&input);
	size_t text_size;
	char *text;
	int rc;

	first = first < input.left ? first : input.left;
	begin(&config);
	begin(&other);
	rc = read_file(&config, input.at, input.left - first);
	if (rc == 0 && config_complete(&config) == 0) {
		use(&config.policy);
		text = print(&config, &text_size);
		read_again(text, text_size);
		free(text);
	}
	/* A reload. */
	if (read_file(&other, input.at + input.left - first, first) == 0) {
		policy_swap(&config.policy, &other.policy);
		use(&config.policy);
	}
	config_finish(&other);
	config_finish(&config);
	return 0;
}
