# SPDX-License-Identifier: MIT
# What is said in times, and so is no test: ratios within one run.  Not part of `make check`.
if HAVE_CMOCKA
EXTRA_PROGRAMS += tests/bench/bench-attacks
bench-attacks: tests/bench/bench-attacks$(EXEEXT) tests/fake/libfakexen.la xenavd$(EXEEXT)
	tests/bench/bench-attacks $(ATTACKS)
endif
.PHONY: bench-attacks

tests_bench_bench_attacks_SOURCES = \
	tests/bench/attacks.h \
	tests/bench/bench-attacks.c \
	tests/bench/consumers.c \
	tests/bench/guests.c \
	tests/bench/probe.c \
	tests/bench/probe.h \
	tests/daemon/poison.c \
	tests/daemon/poison.h \
	$(NULL)
tests_bench_bench_attacks_LDADD = $(daemon_test_libs)
