#!/bin/sh
# SPDX-License-Identifier: MIT
# The units, as built, are ones that systemd takes.
: "${top_builddir:=.}"

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
n=0

# as_built UNIT: a copy whose programs need not be installed here
as_built() {
	sed 's|^\(Exec[A-Za-z]*=[+-]\{0,1\}\)[^ ]*|\1/bin/true|' "$top_builddir/$1" >"$dir/${1##*/}"
}

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
	as_built "$unit"
	if out=$(systemd-analyze "$@" verify --man=no "$dir/${unit##*/}" 2>&1) && [ -z "$out" ] &&
		grep -q "^ExecStart=/.*/$program " "$top_builddir/$unit"; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		printf '%s\n' "$out" | sed 's/^/# /'
	fi
}

# The highest exposure that is taken, in tenths: 1.5 of 10.
secure() {
	n=$((n + 1))
	if ! command -v systemd-analyze >/dev/null || ! [ -f "$dir/xenavd.service" ]; then
		echo "ok $n - the service has little that it could lose # SKIP there is no systemd-analyze, or no unit"
	elif out=$(systemd-analyze security --offline=true --threshold=15 "$dir/xenavd.service" 2>&1); then
		echo "ok $n - the service has little that it could lose"
	else
		echo "not ok $n - the service has little that it could lose"
		printf '%s\n' "$out" | grep -v '^✓' | sed 's/^/# /'
	fi
}

echo 1..7
# Beside the units that it names, which are files of the source.
cp "${top_srcdir:-.}/systemd/xenavd.socket" "${top_srcdir:-.}/systemd/xenavd-access.path" "$dir"
for unit in xenavd-access.service xenavd-access-again.service; do
	if [ -f "$top_builddir/systemd/$unit" ]; then
		as_built "systemd/$unit"
	fi
done
check 'systemd takes the service unit, its socket and its path' systemd/xenavd.service xenavd
check 'systemd takes the unit that grants access' systemd/xenavd-access.service xenavd
check 'systemd takes the unit that does it again' systemd/xenavd-access-again.service xenavd
secure
check 'systemd takes the unit of xenav-alsa' systemd/xenav-alsa.service xenav-alsa
check 'systemd takes the unit that writes metrics' systemd/xenavctl-metrics.service xenavctl
# A user's manager reads units from these places.
mkdir -p "$dir/run"
XDG_RUNTIME_DIR=$dir/run
export XDG_RUNTIME_DIR
check 'systemd takes the unit of xenav-pipewire' systemd/user/xenav-pipewire.service xenav-pipewire --user
