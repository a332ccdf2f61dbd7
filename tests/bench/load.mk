# SPDX-License-Identifier: MIT
# Loads, in times: make bench-load LOAD="-s 60 L1 L5".
if HAVE_CMOCKA
EXTRA_PROGRAMS += tests/bench/bench-load
bench-load: tests/bench/bench-load$(EXEEXT) tests/fake/libfakexen.la xenavd$(EXEEXT)
	tests/bench/bench-load $(LOAD)

tests_bench_bench_load_SOURCES = \
	tests/bench/hist.c \
	tests/bench/hist.h \
	tests/bench/load-audience.c \
	tests/bench/load-flow.c \
	tests/bench/load-growth.c \
	tests/bench/load-guest.c \
	tests/bench/load-idle.c \
	tests/bench/load-neighbour.c \
	tests/bench/load-report.c \
	tests/bench/load-usage.c \
	tests/bench/load.c \
	tests/bench/load.h \
	tests/bench/rows.c \
	tests/bench/rows.h \
	$(NULL)
tests_bench_bench_load_LDADD = $(daemon_test_libs) -lm

check_PROGRAMS += tests/unit/test-hist
TESTS += tests/unit/test-hist
tests_unit_test_hist_SOURCES = tests/bench/hist.c tests/bench/hist.h tests/unit/test-hist.c
tests_unit_test_hist_LDADD = tests/unit/libtest.la $(CMOCKA_LIBS) -lm
endif
EXTRA_DIST += tests/bench/plot-results
.PHONY: bench-load
