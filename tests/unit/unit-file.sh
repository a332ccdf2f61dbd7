#!/bin/sh
# SPDX-License-Identifier: MIT
# The service unit, as built, is one that systemd takes.
: "${top_builddir:=.}"

echo 1..1
name='systemd takes the service unit'
if ! command -v systemd-analyze >/dev/null; then
	echo "ok 1 - $name # SKIP there is no systemd-analyze"
	exit 0
fi
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
# What it starts need not be installed here.
sed 's|^ExecStart=[^ ]*|ExecStart=/bin/true|' "$top_builddir/systemd/xenavd.service" >"$dir/xenavd.service"
if out=$(systemd-analyze verify --man=no "$dir/xenavd.service" 2>&1) && [ -z "$out" ] &&
	grep -q '^ExecStart=/.*/xenavd ' "$top_builddir/systemd/xenavd.service"; then
	echo "ok 1 - $name"
else
	echo "not ok 1 - $name"
	printf '%s\n' "$out" | sed 's/^/# /'
fi
