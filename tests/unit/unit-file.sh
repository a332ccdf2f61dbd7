#!/bin/sh
# SPDX-License-Identifier: MIT
# The units, as built, are ones that systemd takes.
: "${top_builddir:=.}"

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
n=0

# check NAME UNIT PROGRAM [OPTION-OF-SYSTEMD-ANALYZE]...
check() {
	name=$1 unit=$2 program=$3
	shift 3
	n=$((n + 1))
	if ! command -v systemd-analyze >/dev/null; then
		echo "ok $n - $name # SKIP there is no systemd-analyze"
		return
	fi
	if ! [ -f "$top_builddir/$unit" ]; then
		echo "ok $n - $name # SKIP it is not built here"
		return
	fi
	# What it starts need not be installed here.
	sed 's|^ExecStart=[^ ]*|ExecStart=/bin/true|' "$top_builddir/$unit" >"$dir/${unit##*/}"
	if out=$(systemd-analyze "$@" verify --man=no "$dir/${unit##*/}" 2>&1) && [ -z "$out" ] &&
		grep -q "^ExecStart=/.*/$program " "$top_builddir/$unit"; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		printf '%s\n' "$out" | sed 's/^/# /'
	fi
}

echo 1..3
check 'systemd takes the service unit' systemd/xenavd.service xenavd
check 'systemd takes the unit of xenav-alsa' systemd/xenav-alsa.service xenav-alsa
# A user's manager reads units from these places.
mkdir -p "$dir/run"
XDG_RUNTIME_DIR=$dir/run
export XDG_RUNTIME_DIR
check 'systemd takes the unit of xenav-pipewire' systemd/user/xenav-pipewire.service xenav-pipewire --user
