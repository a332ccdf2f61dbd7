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
EXTRA_PROGRAMS += tests/bench/bench-frames
bench-frames: tests/bench/bench-frames$(EXEEXT)
	tests/bench/bench-frames $(FRAMES)
EXTRA_DIST += tests/bench/bench-vnc
bench-vnc: xenav-vnc$(EXEEXT) xenav-demo-daemon$(EXEEXT)
	top_builddir='$(abs_top_builddir)' $(top_srcdir)/tests/bench/bench-vnc $(VNC_PICTURES)
.PHONY: bench-vnc
.PHONY: bench-attacks bench-frames bench-input bench-sound

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

tests_bench_bench_input_SOURCES = tests/bench/bench-input.c
tests_bench_bench_input_LDADD = $(daemon_test_libs)

tests_bench_bench_sound_SOURCES = tests/bench/bench-sound.c $(card_rig)
tests_bench_bench_sound_LDADD = $(daemon_test_libs)

tests_bench_bench_frames_SOURCES = tests/bench/bench-frames.c
tests_bench_bench_frames_LDADD = lib/libxenav.la
