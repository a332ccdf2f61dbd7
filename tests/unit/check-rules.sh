#!/bin/sh
# SPDX-License-Identifier: MIT
# Does check-rules find what it is there to find?
set -u
check=${top_srcdir:?}/tests/check-rules
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/tests/unit"

# What the tests of a `make check` have left.
cat >"$dir/tests/unit/test-a.log" <<END
1..6
ok 1 - it_works
ok 2 - it_works_too
not ok 3 - it_fails
not ok 4 - it_fails_with_a_reason 1 != 0
ok 5 - it_works_once
not ok 6 - it_works_once
ok 7 - it_is_skipped # SKIP
PASS: tests/unit/test-a 8 - it_is_only_talked_about
END
echo '1..0 # SKIP no xenstored' >"$dir/tests/unit/test-b.log"

# A program without its library is a comment in what ./configure makes.
printf 'T = \\\n\ttests/unit/test-a \\\n\ttests/unit/test-c\n#U = tests/unit/test-d \\\n#\ttests/unit/test-e\n' \
	>"$dir/Makefile"

n=0
failed=0

# name, what it shall say and return, the proof; with several rows, the second of them
judge() {
	{
		echo 'A table of something else'
		echo
		echo '| option | meaning |'
		echo '|---|---|'
		echo '| one | nothing here names a test |'
		echo
		echo '| said in | rule | proof |'
		echo '|---|---|---|'
		echo '| X | the first | unit/test-a: it_works |'
		echo "$4"
	} >"$dir/tests/README"
	said=$(top_srcdir=$dir top_builddir=$dir "$check")
	rc=$?
	n=$((n + 1))
	if [ "$rc" = "$2" ] && echo "$said" | grep -q "$3"; then
		echo "ok $n - $1"
	else
		echo "$said" | sed 's/^/# /'
		echo "not ok $n - $1"
		failed=1
	fi
}

good='^ok 3 - unit/test-a: it_works_too$'
judge what_has_passed_is_proof 0 "$good" '| X | r | unit/test-a: it_works_too |'
judge every_test_of_a_row_is_judged 1 'unit/test-a: it_fails (it failed)' \
	'| X | r | unit/test-a: it_works, it_works_too, it_fails |'
judge every_program_of_a_row_is_judged 1 'unit/test-a: nothing (no such test' \
	'| X | r | unit/test-a: it_works; unit/test-a: nothing |'
judge a_program_that_did_not_run_is_found 1 'unit/test-c: it_works (no such program' \
	'| X | r | unit/test-a: it_works_too; unit/test-c: it_works |'
judge a_program_that_was_not_built_is_skipped 0 'unit/test-e: it_works # SKIP not built' \
	'| X | r | unit/test-d: it_works; unit/test-e: it_works |'
judge a_failure_with_its_reason_is_one 1 'it_fails_with_a_reason (it failed)' \
	'| X | r | unit/test-a: it_fails_with_a_reason |'
judge one_failure_of_a_name_is_enough 1 'it_works_once (it failed)' \
	'| X | r | unit/test-a: it_works_once |'
judge a_test_that_was_skipped_proves_nothing 1 'it_is_skipped (no such test' \
	'| X | r | unit/test-a: it_is_skipped |'
judge what_the_driver_says_of_a_test_is_not_the_test 1 'it_is_only_talked_about (no such test' \
	'| X | r | unit/test-a: it_is_only_talked_about |'
judge half_a_name_is_none 1 'unit/test-a: it_work (no such test' '| X | r | unit/test-a: it_work |'
judge a_program_that_was_skipped_skips_its_rules 0 '^ok 3 - unit/test-b: any # SKIP no xenstored$' \
	'| X | r | unit/test-b: any |'
judge a_row_without_a_test_is_found 1 'rows of tests/README that name no tests.*: 2' '| X | r | |'
judge a_row_that_promises_one_is_found 1 'rows of tests/README that name no tests.*: 2' \
	'| X | r | will come |'
judge a_row_with_half_its_tests_is_found 1 'rows of tests/README that name no tests.*: 2' \
	'| X | r | unit/test-a: it_works; unit/test-a |'
judge a_row_too_short_is_found 1 'rows of tests/README that name no tests.*: 2' '| X | r |'
echo "1..$n"
exit $failed
