# SPDX-License-Identifier: MIT

# The programs inside the virtual machines. They are linked statically and built without the
# sanitizers of the rest: the guest's image has nothing but busybox and what comes from Debian.
xt_programs = tests/xen/xt-agent tests/xen/xt-flip tests/xen/xt-guest tests/xen/xt-input tests/xen/xt-pcm
xt_cflags = -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes -Werror
EXTRA_PROGRAMS += $(xt_programs)
CLEANFILES += $(xt_programs)

tests_xen_xt_agent_SOURCES = \
	tests/xen/guest/line.c \
	tests/xen/guest/line.h \
	tests/xen/guest/xt-agent.c \
	$(NULL)
tests_xen_xt_agent_CFLAGS = $(xt_cflags)
tests_xen_xt_agent_LDADD =
tests_xen_xt_agent_LDFLAGS = -all-static

tests_xen_xt_flip_SOURCES = \
	tests/xen/guest/glyphs.h \
	tests/xen/guest/kms.c \
	tests/xen/guest/kms.h \
	tests/xen/guest/pattern.h \
	tests/xen/guest/picture.h \
	tests/xen/guest/typed.c \
	tests/xen/guest/typed.h \
	tests/xen/guest/xt-flip.c \
	$(NULL)
tests_xen_xt_flip_CPPFLAGS = -isystem /usr/include/libdrm
tests_xen_xt_flip_CFLAGS = $(xt_cflags)
tests_xen_xt_flip_LDADD =
tests_xen_xt_flip_LDFLAGS = -all-static

tests_xen_xt_guest_SOURCES = \
	tests/xen/dom0/xt-guest.c \
	tests/xen/guest/line.c \
	tests/xen/guest/line.h \
	$(NULL)
tests_xen_xt_guest_CFLAGS = $(xt_cflags)
tests_xen_xt_guest_LDADD =
tests_xen_xt_guest_LDFLAGS = -all-static

tests_xen_xt_input_SOURCES = tests/xen/guest/xt-input.c
tests_xen_xt_input_CFLAGS = $(xt_cflags)
tests_xen_xt_input_LDADD =
tests_xen_xt_input_LDFLAGS = -all-static

tests_xen_xt_pcm_SOURCES = \
	tests/xen/guest/pattern.h \
	tests/xen/guest/xt-pcm.c \
	$(NULL)
tests_xen_xt_pcm_CFLAGS = $(xt_cflags)
tests_xen_xt_pcm_LDADD =
tests_xen_xt_pcm_LDFLAGS = -all-static

# A consumer for dom0, with libxenav as it is installed.
xt_feed = tests/xen/xt-feed
EXTRA_PROGRAMS += $(xt_feed)
CLEANFILES += $(xt_feed)
tests_xen_xt_feed_SOURCES = tests/xen/dom0/xt-feed.c
tests_xen_xt_feed_LDADD = lib/libxenav.la

# The verifiers of the real-Xen tests are themselves tested wherever Python is.
check_PROGRAMS += tests/xen/xt-pattern
tests_xen_xt_pattern_SOURCES = tests/xen/guest/pattern.h tests/xen/selftest/xt-pattern.c
tests_xen_xt_pattern_CFLAGS = $(xt_cflags)
tests_xen_xt_pattern_LDADD =
dist_check_SCRIPTS += tests/xen/selftest/check-verifiers
TESTS += tests/xen/selftest/check-verifiers

EXTRA_DIST += \
	tests/xen/README \
	tests/xen/cases/__init__.py \
	tests/xen/cases/alsa.py \
	tests/xen/cases/badstart.py \
	tests/xen/cases/consumer.py \
	tests/xen/cases/convert.py \
	tests/xen/cases/domain.py \
	tests/xen/cases/desktop.py \
	tests/xen/cases/devices.py \
	tests/xen/cases/display.py \
	tests/xen/cases/guests.py \
	tests/xen/cases/hotplug.py \
	tests/xen/cases/input.py \
	tests/xen/cases/large.py \
	tests/xen/cases/lifecycle.py \
	tests/xen/cases/pause.py \
	tests/xen/cases/reboot.py \
	tests/xen/cases/restart.py \
	tests/xen/cases/servers.py \
	tests/xen/cases/shbuf.py \
	tests/xen/cases/sound.py \
	tests/xen/cases/unload.py \
	tests/xen/cases/vnc.py \
	tests/xen/check-xen \
	tests/xen/demo \
	tests/xen/dom0/guest.cfg \
	tests/xen/dom0/init \
	tests/xen/dom0/xt.sh \
	tests/xen/guest/desktop.sh \
	tests/xen/guest/init \
	tests/xen/lab/__init__.py \
	tests/xen/lab/after.py \
	tests/xen/lab/apt.py \
	tests/xen/lab/cache.py \
	tests/xen/lab/case.py \
	tests/xen/lab/command.py \
	tests/xen/lab/cpio.py \
	tests/xen/lab/desktop.py \
	tests/xen/lab/elf.py \
	tests/xen/lab/errors.py \
	tests/xen/lab/evidence.py \
	tests/xen/lab/glyphs.py \
	tests/xen/lab/images.py \
	tests/xen/lab/kernels.py \
	tests/xen/lab/keys.py \
	tests/xen/lab/machine.py \
	tests/xen/lab/packages.py \
	tests/xen/lab/pattern.py \
	tests/xen/lab/png.py \
	tests/xen/lab/programs.py \
	tests/xen/lab/qemu.py \
	tests/xen/lab/runner.py \
	tests/xen/lab/serve.py \
	tests/xen/lab/service.py \
	tests/xen/lab/soundcard.py \
	tests/xen/lab/states.py \
	tests/xen/lab/tree.py \
	tests/xen/lab/tune.py \
	tests/xen/lab/vnclisten.py \
	tests/xen/lab/wav.py \
	tests/xen/packages \
	tests/xen/selftest/verifiers.py \
	$(NULL)

xen-test-programs: all $(xt_feed) $(xt_programs) tests/xen/guest/xt-shbuf$(EXEEXT)

# make check-xen XEN_TEST_FLAGS="--only 'sound-*' --keep"
check-xen: xen-test-programs
	$(top_srcdir)/tests/xen/check-xen --build $(abs_builddir) $(XEN_TEST_FLAGS)

.PHONY: check-xen xen-test-programs
