#!/bin/sh
# SPDX-License-Identifier: MIT
# test_run_apart(): a test that fails or crashes does not make those behind it fail.
: "${top_builddir:=.}"
unset XENAV_TESTS

expected='1..8
# start
ok 1 - first
not ok 2 - fails_and_leaves_something
# stop
# start
ok 3 - finds_nothing
ok 4 - finds_what_one_that_passes_has_left
not ok 5 - a test ended the program
# start
not ok 6 - finds_nothing_either
# stop
# start
ok 7 - is_skipped # SKIP
# stop
# start
ok 8 - last
# stop'

echo 1..2
said=$("$top_builddir/tests/unit/failing" 2>/dev/null)
rc=$?
# Without the reasons, which name lines of the source.
said=$(echo "$said" | grep -E '^(1|ok|not ok|# st)' | sed 's/ Could not run.*//')
if [ "$said" = "$expected" ]; then
	echo "ok 1 - tests_behind_a_failure_begin_anew"
else
	echo "$said" | sed 's/^/# /'
	echo "not ok 1 - tests_behind_a_failure_begin_anew"
fi
[ $rc = 1 ] && echo "ok 2 - the_program_fails" || echo "not ok 2 - the_program_fails"
