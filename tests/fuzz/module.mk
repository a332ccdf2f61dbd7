# SPDX-License-Identifier: MIT
# Malformed input.  Without --enable-fuzz the inputs of corpus/ are tried by "make check", and that is
# all; with it, and clang, "make fuzz" looks for others, FUZZ_SECONDS for each program.
if HAVE_CMOCKA
fuzz_programs = tests/fuzz/fuzz-config tests/fuzz/fuzz-consumer tests/fuzz/fuzz-journal
check_PROGRAMS += $(fuzz_programs)
endif
if FUZZ
fuzz_main =
fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer
else
fuzz_main = tests/fuzz/replay.c
fuzz_ldflags = $(AM_LDFLAGS)
if HAVE_CMOCKA
TESTS += $(fuzz_programs)
endif
endif

fuzz_libs = daemon/libxenavd.la lib/libwire.la $(LIBEVENT_LIBS)
fuzz_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit

tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz-config.c tests/fuzz/fuzz.h $(fuzz_main)
tests_fuzz_fuzz_config_CPPFLAGS = $(fuzz_cppflags) -DFUZZ_NAME='"config"'
tests_fuzz_fuzz_config_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_config_LDADD = $(fuzz_libs)

tests_fuzz_fuzz_consumer_SOURCES = tests/fuzz/fuzz-consumer.c tests/fuzz/fuzz.h $(fuzz_main) \
	tests/unit/count-fds.c tests/unit/count-fds.h $(consumer_rig)
tests_fuzz_fuzz_consumer_CPPFLAGS = $(fuzz_cppflags) -DFUZZ_NAME='"consumer"'
tests_fuzz_fuzz_consumer_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_consumer_LDADD = $(fuzz_libs) $(CMOCKA_LIBS)

tests_fuzz_fuzz_journal_SOURCES = tests/fuzz/fuzz-journal.c tests/fuzz/fuzz.h $(fuzz_main)
tests_fuzz_fuzz_journal_CPPFLAGS = $(fuzz_cppflags) -DFUZZ_NAME='"journal"'
tests_fuzz_fuzz_journal_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_journal_LDADD = $(fuzz_libs)

EXTRA_DIST += tests/fuzz/README tests/fuzz/replay.c tests/fuzz/corpus

FUZZ_SECONDS = 60
fuzz: $(fuzz_programs)
	@for name in config consumer journal; do \
		$(MKDIR_P) tests/fuzz/found/$$name; \
		echo "fuzz-$$name, for $(FUZZ_SECONDS) s:"; \
		tests/fuzz/fuzz-$$name -max_total_time=$(FUZZ_SECONDS) -timeout=20 -max_len=4096 \
			-print_final_stats=1 -artifact_prefix=tests/fuzz/found/ \
			tests/fuzz/found/$$name $(top_srcdir)/tests/fuzz/corpus/$$name \
			2>tests/fuzz/found/$$name.log || \
			{ tail -n 60 tests/fuzz/found/$$name.log; exit 1; }; \
		tail -n 8 tests/fuzz/found/$$name.log; \
	done
check-fuzz:
	$(top_srcdir)/tests/build-in $(abs_builddir)/out/fuzz --enable-fuzz CC=clang
	$(MAKE) $(AM_MAKEFLAGS) -C out/fuzz/build fuzz FUZZ_SECONDS=$(FUZZ_SECONDS)
.PHONY: check-fuzz fuzz
