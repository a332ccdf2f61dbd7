# SPDX-License-Identifier: MIT
# For scripts that say their results in TAP: a folder that goes with them, and the numbers of their tests.
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0
failed=0

# name, whether it holds
judge() {
	n=$((n + 1))
	if [ "$2" = 0 ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		failed=1
	fi
}
