#!/bin/sh
# SPDX-License-Identifier: MIT
# The profile is one that AppArmor takes.
profile=${top_srcdir:-.}/packaging/apparmor/usr.sbin.xenavd
PATH=$PATH:/usr/sbin:/sbin

echo 1..1
if ! command -v apparmor_parser >/dev/null || ! [ -f /etc/apparmor.d/abstractions/base ]; then
	echo "ok 1 - AppArmor takes the profile # SKIP there is no apparmor_parser with its abstractions"
	exit 0
fi
# Not loaded (-Q), and nothing is read from or written to its cache (-K).
if out=$(apparmor_parser -Q -K "$profile" 2>&1); then
	echo "ok 1 - AppArmor takes the profile"
else
	echo "not ok 1 - AppArmor takes the profile"
	printf '%s\n' "$out" | sed 's/^/# /'
fi
