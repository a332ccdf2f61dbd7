# SPDX-License-Identifier: MIT
# What is said in times, and so is no test: ratios within one run.  Not part of `make check`.
if HAVE_CMOCKA
EXTRA_PROGRAMS += tests/bench/bench-attacks tests/bench/bench-input tests/bench/bench-sound
bench-attacks: tests/bench/bench-attacks$(EXEEXT) tests/fake/libfakexen.la xenavd$(EXEEXT)
	tests/bench/bench-attacks $(ATTACKS)
bench-input: tests/bench/bench-input$(EXEEXT) tests/fake/libfakexen.la xenavd$(EXEEXT)
	tests/bench/bench-input $(INPUT)
bench-sound: tests/bench/bench-sound$(EXEEXT) tests/fake/libfakexen.la xenavd$(EXEEXT)
	tests/bench/bench-sound $(SOUND)
endif
if HAVE_CMOCKA
bench_sides = \
	tests/bench/alloc-count.h \
	tests/bench/calls.c \
	tests/bench/calls.h \
	tests/bench/side.c \
	tests/bench/side.h \
	tests/bench/store-count.c \
	tests/bench/store-count.h \
	tests/bench/use.c \
	tests/bench/use.h \
	$(NULL)
bench_steps = \
	tests/bench/lockstep.c \
	tests/bench/lockstep.h \
	tests/bench/step-connect.c \
	tests/bench/step-flips.c \
	tests/bench/step-requests.c \
	tests/bench/step-sound.c \
	tests/bench/typist.c \
	tests/bench/typist.h \
	$(NULL)

EXTRA_PROGRAMS += tests/bench/bench
tests_bench_bench_SOURCES = \
	tests/bench/bench.c \
	tests/bench/floor.c \
	tests/bench/floor.h \
	tests/bench/table.c \
	tests/bench/table.h \
	tests/bench/work-buffers.c \
	tests/bench/work-connect.c \
	tests/bench/work-counts.c \
	tests/bench/work-flips.c \
	tests/bench/work-rings.c \
	tests/bench/work-sound.c \
	tests/bench/work.h \
	$(bench_sides) \
	$(bench_steps) \
	$(NULL)
tests_bench_bench_LDADD = $(daemon_test_libs) $(XENSTORE_LIBS)

EXTRA_PROGRAMS += tests/bench/bench-parts
tests_bench_bench_parts_SOURCES = \
	tests/bench/bench-parts.c \
	tests/bench/table.c \
	tests/bench/table.h \
	tests/unit/channel-rig.c \
	tests/unit/channel-rig.h \
	$(machine_rig) \
	$(pgdir_rig) \
	$(NULL)
tests_bench_bench_parts_LDADD = lib/libshbuf.la $(machine_libs)
bench-parts: tests/bench/bench-parts$(EXEEXT)
	tests/bench/bench-parts $(PARTS)

# Preloaded as the fake is, and as little checked.
EXTRA_LTLIBRARIES = tests/bench/libcountalloc.la
tests_bench_libcountalloc_la_SOURCES = \
	tests/bench/alloc-count.c \
	tests/bench/alloc-count.h \
	tests/bench/still-clock.c \
	$(NULL)
tests_bench_libcountalloc_la_CFLAGS = $(XENAV_CFLAGS) -fno-sanitize=all
tests_bench_libcountalloc_la_LDFLAGS = -avoid-version -shared -rpath $(abs_builddir)

EXTRA_PROGRAMS += tests/bench/bench-counts
tests_bench_bench_counts_SOURCES = tests/bench/counts.c $(bench_sides) $(bench_steps)
tests_bench_bench_counts_LDADD = $(daemon_test_libs) $(XENSTORE_LIBS)
bench_needs = tests/bench/libcountalloc.la tests/fake/libfakexen.la xenavd$(EXEEXT)
bench: tests/bench/bench$(EXEEXT) $(bench_needs)
	top_builddir='$(abs_top_builddir)' top_srcdir='$(abs_top_srcdir)' \
		BASE='$(BASE)' PEER='$(PEER)' JSON='$(JSON)' N='$(N)' $(top_srcdir)/tests/bench/run-bench $(WORKS)
bench-counts: tests/bench/bench-counts$(EXEEXT) $(bench_needs)
	tests/bench/bench-counts $(top_srcdir)/tests/bench/counts.table $(COUNTS)
endif
EXTRA_DIST += tests/bench/counts.table tests/bench/run-bench

EXTRA_PROGRAMS += tests/bench/bench-frames
bench-frames: tests/bench/bench-frames$(EXEEXT)
	tests/bench/bench-frames $(FRAMES)
EXTRA_DIST += tests/bench/bench-vnc
bench-vnc: xenav-vnc$(EXEEXT) xenav-demo-daemon$(EXEEXT)
	top_builddir='$(abs_top_builddir)' $(top_srcdir)/tests/bench/bench-vnc $(VNC_PICTURES)
.PHONY: bench-vnc
.PHONY: bench bench-attacks bench-counts bench-frames bench-input bench-parts bench-sound

tests_bench_bench_attacks_SOURCES = \
	tests/bench/attacks.h \
	tests/bench/bench-attacks.c \
	tests/bench/consumers.c \
	tests/bench/crowd.c \
	tests/bench/crowd.h \
	tests/bench/guests.c \
	tests/bench/inputs.c \
	tests/bench/probe.c \
	tests/bench/probe.h \
	tests/daemon/poison.c \
	tests/daemon/poison.h \
	$(NULL)
tests_bench_bench_attacks_LDADD = $(daemon_test_libs)

tests_bench_bench_input_SOURCES = tests/bench/bench-input.c tests/bench/typist.c tests/bench/typist.h $(spread)
tests_bench_bench_input_LDADD = $(daemon_test_libs)

tests_bench_bench_sound_SOURCES = tests/bench/bench-sound.c $(spread) $(card_rig)
tests_bench_bench_sound_LDADD = $(daemon_test_libs)

tests_bench_bench_frames_SOURCES = tests/bench/bench-frames.c $(spread)
tests_bench_bench_frames_LDADD = lib/libxenav.la

include tests/bench/load.mk
include tests/bench/av.mk
