#!/bin/sh
# SPDX-License-Identifier: MIT
# xenavd --check-config and --print-config: what they say, and with which exit status.
: "${top_builddir:=.}" "${top_srcdir:=.}"
xenavd=$top_builddir/xenavd
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
n=0

# check STATUS OUTPUT ARGUMENT...: that status, and exactly this on standard output and error
check() {
	status=$1
	expected=$2
	shift 2
	out=$("$xenavd" "$@" 2>&1)
	rc=$?
	[ $rc = "$status" ] && [ "$out" = "$expected" ] && return 0
	printf '# %s: %s instead of %s, "%s" instead of "%s"\n' "$*" $rc "$status" "$out" "$expected"
	return 1
}

result() {
	rc=$?
	n=$((n + 1))
	[ $rc = 0 ] && echo "ok $n - $1" || echo "not ok $n - $1"
}

echo 1..6

printf '[guest a]\nbe-alloc = yes\n' >"$dir/good"
check 0 "$dir/good: ok" --check-config -c "$dir/good"
result 'a good file is said to be good'

printf '[guest a]\nbe-alloc = maybe\n' >"$dir/bad"
check 64 "xenavd: $dir/bad:2: \"be-alloc\" takes yes or no" --check-config -c "$dir/bad" &&
	check 64 "xenavd: $dir/bad:2: \"be-alloc\" takes yes or no" --print-config -c "$dir/bad"
result 'a bad file is said to be bad, and where'

check 64 "xenavd: $dir/none: No such file or directory" --check-config -c "$dir/none"
result 'a file that is named has to be there'

"$xenavd" -c "$dir/good" --log-level err --print-config >"$dir/first" &&
	grep -q '^log-level = err$' "$dir/first" && grep -q '^be-alloc = yes$' "$dir/first" &&
	"$xenavd" -c "$dir/first" --print-config >"$dir/second" && cmp "$dir/first" "$dir/second"
result 'what is printed is read again as the same'

check 64 "xenavd: Unexpected argument 'x'. Try 'xenavd --help'." --check-config -c "$dir/good" x
result 'the rest of the command line is checked, too'

example=$top_srcdir/daemon/xenavd.conf.example
sed 's/^#\([[a-z]\)/\1/; s/ alice\]/ 1000]/; s/ audit\]/ 1000]/' "$example" >"$dir/example"
check 0 "$example: ok" --check-config -c "$example" && check 0 "$dir/example: ok" --check-config -c "$dir/example"
result 'the example is right, also what is behind comment signs'
