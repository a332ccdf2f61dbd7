#!/bin/sh
# SPDX-License-Identifier: MIT
# Is it seen why tests failed?
set -u
tests=${top_srcdir:?}/tests
. "$tests/unit/judge.sh"

says() {
	grep -q "$1" "$dir/said"
}

mkdir -p "$dir/build/tests/unit" "$dir/build/tests/vnc"
cat >"$dir/log" <<END
PASS: tests/unit/test-a 1 - it_holds
FAIL: tests/unit/test-a 2 - it_does_not
FAIL: tests/vnc/b.test 3 - neither_does_this
ERROR: tests/unit/c.sh - exited with status 1
# PASS:  1
END
printf 'ok 1 - it_holds\n# a.c:12: 3 is not 4\nnot ok 2 - it_does_not\n' >"$dir/build/tests/unit/test-a.log"
printf 'not ok 3 - neither_does_this\n# the picture is black\n' >"$dir/build/tests/vnc/b.log"
printf 'line\nsh: no such program\n' >"$dir/build/tests/unit/c.sh.log"
"$tests/failures" "$dir/build" "$dir/log" >"$dir/said"
says '^FAIL: tests/unit/test-a 2' && says '^# a.c:12: 3 is not 4' && says '^# the picture is black'
judge a_failed_test_is_named_with_what_it_wrote $?
says '^sh: no such program'
judge a_script_that_ended_early_is_shown_by_its_last_lines $?

{
	echo "ok 1 - play"
	echo "not ok 2 - click # 12.0 s"
	echo "#   nothing is launched"
	i=0
	while [ $i -lt 200 ]; do
		i=$((i + 1))
		echo "#   log line $i"
	done
} >"$dir/tap"
"$tests/failures" "$dir/build" "$dir/tap" >"$dir/said"
says '^#   nothing is launched' && says '^#   log line 200$' && ! says 'log line 100$'
judge a_failed_case_begins_with_its_reason_and_ends_with_its_last_lines $?

: >"$dir/tap"
"$tests/failures" "$dir/build" "$dir/tap" >"$dir/said" && [ ! -s "$dir/said" ]
judge nothing_is_said_of_nothing $?
echo "1..$n"
exit $failed
