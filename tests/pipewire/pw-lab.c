/* SPDX-License-Identifier: MIT */
/* See pw-lab.h. */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pipewire/pw-lab.h"

#define START_MS 60000
#define STOP_MS  60000
#define TICK_MS  10

/* With a rate, and three times the length of the graph's cycle. */
static const char server_conf[] =
	"context.properties = {\n"
	"  core.daemon = true\n"
	"  core.name = pipewire-0\n"
	"  default.clock.rate = %u\n"
	"  default.clock.quantum = %u\n"
	"  default.clock.min-quantum = %u\n"
	"  default.clock.max-quantum = %u\n"
	"}\n"
	"context.spa-libs = {\n"
	"  audio.convert.* = audioconvert/libspa-audioconvert\n"
	"  support.* = support/libspa-support\n"
	"}\n"
	"context.modules = [\n"
	"  { name = libpipewire-module-rt flags = [ ifexists nofail ] }\n"
	"  { name = libpipewire-module-protocol-native }\n"
	"  { name = libpipewire-module-metadata }\n"
	"  { name = libpipewire-module-spa-node-factory }\n"
	"  { name = libpipewire-module-client-node }\n"
	"  { name = libpipewire-module-access }\n"
	"  { name = libpipewire-module-adapter }\n"
	"  { name = libpipewire-module-link-factory }\n"
	"  { name = libpipewire-module-session-manager }\n"
	"]\n"
	"context.objects = [\n"
	"  { factory = spa-node-factory args = { factory.name = support.node.driver\n"
	"      node.name = Dummy-Driver node.group = pipewire.dummy priority.driver = 20000 } }\n"
	"  { factory = adapter args = { factory.name = support.null-audio-sink\n"
	"      node.name = " PW_LAB_SINK " media.class = Audio/Sink audio.position = [ FL FR ]\n"
	"      priority.driver = 30000 monitor.channel-volumes = false } }\n"
	"]\n";

static const char session_conf[] =
	"context.properties = { wireplumber.script-engine = lua-scripting }\n"
	"context.spa-libs = {\n"
	"  audio.convert.* = audioconvert/libspa-audioconvert\n"
	"  support.* = support/libspa-support\n"
	"}\n"
	"context.modules = [\n"
	"  { name = libpipewire-module-protocol-native }\n"
	"  { name = libpipewire-module-client-node }\n"
	"  { name = libpipewire-module-client-device }\n"
	"  { name = libpipewire-module-adapter }\n"
	"  { name = libpipewire-module-metadata }\n"
	"  { name = libpipewire-module-session-manager }\n"
	"]\n"
	"wireplumber.components = [\n"
	"  { name = libwireplumber-module-lua-scripting, type = module }\n"
	"  { name = session.lua, type = config/lua }\n"
	"]\n";

/* Those parts of a desktop's configuration that link nodes, and no others. */
static const char session_lua[] =
	"components = {}\n"
	"local function module(name, args)\n"
	"  components[name] = { 'libwireplumber-module-' .. name, type = 'module', args = args }\n"
	"end\n"
	"local function script(name, args)\n"
	"  components[name] = { name, type = 'script/lua', args = args }\n"
	"end\n"
	"module('metadata')\n"
	"module('si-node')\n"
	"module('si-audio-adapter')\n"
	"module('si-standard-link')\n"
	"module('si-audio-endpoint')\n"
	"module('default-nodes', { ['use-persistent-storage'] = false })\n"
	"module('default-nodes-api')\n"
	"script('create-item.lua', {})\n"
	"script('policy-node.lua', { ['move'] = true, ['follow'] = true })\n";

static char program_path[512];
static char library_dir[512];

const char *pw_lab_missing(void)
{
	const char *dir = getenv("top_builddir");

	dir = dir ? dir : ".";
	if (access("/usr/bin/pipewire", X_OK) < 0 || access("/usr/bin/wireplumber", X_OK) < 0)
		return "no pipewire or wireplumber";
	if (access("/usr/share/wireplumber/scripts/policy-node.lua", R_OK) < 0)
		return "a wireplumber of another generation";
	snprintf(library_dir, sizeof library_dir, "%s/lib/.libs", dir);
	snprintf(program_path, sizeof program_path, "%s/.libs/xenav-pipewire", dir);
	if (access(program_path, X_OK) < 0)
		snprintf(program_path, sizeof program_path, "%s/xenav-pipewire", dir);
	return access(program_path, X_OK) < 0 ? "no xenav-pipewire in the build folder" : NULL;
}

/* -------- files -------- */

static int write_file(const struct pw_lab *lab, const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", lab->dir, name);
	file = fopen(path, "we");
	if (!file)
		return -errno;
	fputs(text, file);
	return fclose(file) == 0 ? 0 : -errno;
}

static int remove_one(const char *path, const struct stat *, int, struct FTW *)
{
	return remove(path);
}

static void copy_log(const struct pw_lab *lab, const char *name)
{
	char path[128], line[512];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", lab->dir, name);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof line, file))
		fprintf(stderr, "# %s: %s", name, line);
	if (file)
		fclose(file);
}

unsigned pw_lab_said(const struct pw_lab *lab, const char *text)
{
	char path[128], line[512];
	unsigned n = 0;
	FILE *file;

	snprintf(path, sizeof path, "%s/program.log", lab->dir);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof line, file))
		n += strstr(line, text) != NULL;
	if (file)
		fclose(file);
	return n;
}

void pw_lab_tell(const struct pw_lab *lab)
{
	copy_log(lab, "program.log");
	copy_log(lab, "pipewire.log");
	copy_log(lab, "wireplumber.log");
}

void pw_lab_forget(const struct pw_lab *lab)
{
	write_file(lab, "program.log", "");
}

/* -------- processes -------- */

static pid_t spawn(const struct pw_lab *lab, const char *log, const char *const argv[])
{
	char path[128];
	pid_t pid;

	snprintf(path, sizeof path, "%s/%s", lab->dir, log);
	fflush(NULL);
	pid = fork();
	if (pid != 0)
		return pid;
	/* The servers of a test end with it, also when it crashes. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!freopen("/dev/null", "r", stdin) || !freopen(path, "a", stdout) || dup2(1, 2) < 0)
		_exit(126);
	setenv("LD_LIBRARY_PATH", library_dir, 1);
	execv(argv[0], (char **)(uintptr_t)argv);
	_exit(127);
}

static int reap(pid_t *pid, unsigned timeout_ms)
{
	int status = 0;

	for (unsigned ms = 0; ms < timeout_ms; ms += TICK_MS) {
		if (waitpid(*pid, &status, WNOHANG) == *pid) {
			*pid = 0;
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		}
		usleep(TICK_MS * 1000);
	}
	kill(*pid, SIGKILL);
	waitpid(*pid, NULL, 0);
	*pid = 0;
	return -1;
}

static bool has_socket(const struct pw_lab *lab)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool there;

	snprintf(address.sun_path, sizeof address.sun_path, "%s/pipewire-0", lab->dir);
	there = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
	close(fd);
	return there;
}

int pw_lab_start_servers(struct pw_lab *lab)
{
	char conf[128];

	snprintf(conf, sizeof conf, "%s/server.conf", lab->dir);
	lab->pipewire = spawn(lab, "pipewire.log",
			      (const char *const[]){"/usr/bin/pipewire", "-c", conf, NULL});
	for (unsigned ms = 0; !has_socket(lab); ms += TICK_MS) {
		if (ms >= START_MS || waitpid(lab->pipewire, NULL, WNOHANG) != 0) {
			copy_log(lab, "pipewire.log");
			return -ETIMEDOUT;
		}
		usleep(TICK_MS * 1000);
	}
	lab->wireplumber =
		spawn(lab, "wireplumber.log",
		      (const char *const[]){"/usr/bin/wireplumber", "-c", "session.conf", NULL});
	return 0;
}

static void kill_one(pid_t *pid)
{
	if (*pid <= 0)
		return;
	kill(*pid, SIGKILL);
	waitpid(*pid, NULL, 0);
	*pid = 0;
}

void pw_lab_kill_servers(struct pw_lab *lab)
{
	kill_one(&lab->wireplumber);
	kill_one(&lab->pipewire);
}

int pw_lab_run(struct pw_lab *lab, const char *const *args)
{
	const char *argv[24];
	unsigned n = 0;

	argv[n++] = program_path;
	while (*args && n < 23)
		argv[n++] = *args++;
	argv[n] = NULL;
	lab->program = spawn(lab, "program.log", argv);
	return lab->program > 0 ? 0 : -errno;
}

int pw_lab_wait(struct pw_lab *lab, unsigned timeout_ms)
{
	return reap(&lab->program, timeout_ms);
}

int pw_lab_end(struct pw_lab *lab)
{
	int rc;

	kill(lab->program, SIGTERM);
	rc = reap(&lab->program, STOP_MS);
	if (rc != 0 || getenv("XENAV_KEEP_LAB"))
		copy_log(lab, "program.log");
	return rc;
}

unsigned pw_lab_fds(const struct pw_lab *lab)
{
	char path[64];
	unsigned n = 0;
	DIR *dir;

	snprintf(path, sizeof path, "/proc/%d/fd", (int)lab->program);
	dir = opendir(path);
	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

int pw_lab_start(struct pw_lab *lab)
{
	const unsigned quantum = lab->quantum_frames ? lab->quantum_frames : PW_LAB_QUANTUM_FRAMES;
	char path[128], conf[sizeof server_conf + 64];
	int rc;

	snprintf(lab->dir, sizeof lab->dir, "/tmp/xenav-pipewire-XXXXXX");
	if (!mkdtemp(lab->dir))
		return -errno;
	snprintf(path, sizeof path, "%s/session.lua.d", lab->dir);
	mkdir(path, 0700);
	snprintf(conf, sizeof conf, server_conf, PW_LAB_RATE_HZ, quantum, quantum, quantum);
	rc = write_file(lab, "server.conf", conf);
	rc = rc < 0 ? rc : write_file(lab, "session.conf", session_conf);
	rc = rc < 0 ? rc : write_file(lab, "session.lua.d/50-all.lua", session_lua);
	if (rc < 0)
		return rc;
	setenv("XDG_RUNTIME_DIR", lab->dir, 1);
	setenv("XDG_STATE_HOME", lab->dir, 1);
	setenv("XDG_CONFIG_HOME", lab->dir, 1);
	setenv("WIREPLUMBER_CONFIG_DIR", lab->dir, 1);
	setenv("DBUS_SESSION_BUS_ADDRESS", "disabled:", 1);
	unsetenv("PIPEWIRE_REMOTE");
	unsetenv("PIPEWIRE_RUNTIME_DIR");
	return pw_lab_start_servers(lab);
}

void pw_lab_stop(struct pw_lab *lab)
{
	kill_one(&lab->program);
	pw_lab_kill_servers(lab);
	if (*lab->dir && !getenv("XENAV_KEEP_LAB"))
		nftw(lab->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
