#!/bin/sh
# SPDX-License-Identifier: MIT
# Are the slowest tests those that took longest?
set -u
tests=${top_srcdir:?}/tests
. "$tests/unit/judge.sh"

took() {
	mkdir -p "$(dirname "$1")"
	printf ':test-result: PASS\n:seconds: %s\n' "$2" >"$1"
}

"$tests/time-test" sh -c 'echo ":test-result: PASS" >"$2"; exit 3' driver --trs-file "$dir/a.trs" -- a
rc=$?
judge the_result_of_a_driver_is_passed_on "$((rc != 3))"
grep -q '^:test-result: PASS$' "$dir/a.trs" && grep -qx ':seconds: [0-9]*\.[0-9]' "$dir/a.trs"
judge the_time_stands_behind_the_results $?

mkdir "$dir/logs"
took "$dir/build/tests/daemon/test-a.trs" 9.5
took "$dir/build/out/asan/build/tests/daemon/test-a.trs" 101.2
took "$dir/build/out/tsan/build/tests/unit/test-b.trs" 20.0
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	took "$dir/build/tests/unit/test-$i.trs" "0.$i"
done
cat >"$dir/logs/check-xen.log" <<END
ok 1 - play: a guest plays: every sample is exact # 33.3 s
not ok 2 - flip: a guest flips # 44.4 s
ok 3 - skipped: a guest does nothing # SKIP no reason
END
"$tests/slowest" "$dir/build" "$dir/logs" >"$dir/said"
cat >"$dir/expected" <<END
   101.2 s  check-asan: tests/daemon/test-a
    44.4 s  check-xen: flip
    33.3 s  check-xen: play
    20.0 s  check-tsan: tests/unit/test-b
     9.5 s  check: tests/daemon/test-a
END
head -n 5 "$dir/said" | diff "$dir/expected" - >&2
judge tests_of_all_levels_are_listed_the_slowest_first $?
[ "$(wc -l <"$dir/said")" = 20 ]
judge there_are_twenty_of_them $?
"$tests/slowest" "$dir/none" "$dir/none"
judge no_tests_are_none $?
echo "1..$n"
exit $failed
