#!/bin/sh
# SPDX-License-Identifier: MIT
# Shell functions for the scripts that the tests run in a dom0 with systemd, where xenavd is an
# installed service; read with ". /opt/xt/xt.sh".
run=/run/xt
mkdir -p $run
export SYSTEMD_COLORS=0 SYSTEMD_PAGER=

# state vsnd|vdispl|vkbd DOMID [DEVID]: the backend's and the frontend's xenbus state
state() {
	ours=$1
	[ "$1" != vkbd ] || ours=vinput
	echo "$(xenstore-read "/local/domain/0/backend/$ours/$2/${3:-0}/state" 2>/dev/null)" \
		"$(xenstore-read "/local/domain/$2/device/$1/${3:-0}/state" 2>/dev/null)"
}

# xl COMMAND...: stock xl; its messages are also kept for the checks after each case
xl() {
	complaint=$(mktemp -p $run xl.XXXXXX)
	command xl "$@" 2> "$complaint"
	xl_rc=$?
	cat "$complaint" >> $run/xl-complaints
	cat "$complaint" >&2
	rm "$complaint"
	return $xl_rc
}

# await TENTHS COMMAND...: repeats the command until it succeeds
await() {
	tries=$1
	shift
	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.1
	done
}

states() {
	echo "$(state vsnd "$1") $(state vdispl "$1") $(state vkbd "$1")"
}

connected() {
	[ "$(states "$1")" = "4 4 4 4 4 4" ]
}

# A sound driver that is bound may publish twice, and is connected to the second rings, too.
settled() {
	connected "$1" && sleep 0.5 && connected "$1"
}

# all_connected NAME: waits 60 s for its devices, and prints their states if they do not connect
all_connected() {
	domid=$(xl domid "$1") || return 1
	await 600 settled "$domid" || {
		echo "devices not connected after 60 s, vsnd, vdispl, vkbd: $(states "$domid")"
		return 1
	}
}

# install_packages: what an administrator does with the files that they have
install_packages() {
	mkdir -p /opt/xt/debs && cp /stage/*.deb /opt/xt/debs/ &&
		DEBIAN_FRONTEND=noninteractive dpkg -i /opt/xt/debs/*.deb
}

xenavd_pid() {
	systemctl show --value -p MainPID xenavd
}

# start_xenavd: installs and starts the service, as the README says
start_xenavd() {
	install_packages && systemctl enable --now xenavd || {
		systemctl status xenavd
		return 1
	}
	[ -e $run/held-at-first ] || {
		sleep 1
		holdings > $run/held-at-first
	}
}

# xl_create CFG: kernel and initrd are on the disk, because guests are created after a reboot, too
xl_create() {
	[ -e /var/lib/xt ] || { mkdir /var/lib/xt && cp /stage/vmlinux /stage/guest.cpio /var/lib/xt/; } ||
		return 1
	xl create "$1"
}

# create_guest CFG [NAME]: xl create, and all devices connected
create_guest() {
	xl_create "$1" && all_connected "${2:-g1}"
}

# all_claimed LOG: waits until the consumer with this log has claimed something, and then nothing more
# for half a second. On a slow machine xenavd serves a claim up to 200 ms after the one before.
all_claimed() {
	await 200 grep -q ': claimed' "$1" || {
		echo "the consumer claims nothing; it says:"
		cat "$1"
		return 1
	}
	claims=0
	until [ "$(grep -c ': claimed' "$1")" -eq $claims ]; do
		claims=$(grep -c ': claimed' "$1")
		sleep 0.5
	done
}

# record FOLDER OPTIONS...: starts a consumer in the background and waits for its claims; its process
# number is in FOLDER.pid
record() {
	folder=$1
	shift
	rm -rf "$folder" && mkdir -p "$folder"
	setsid xenav-record --output "$folder" "$@" > "$folder.log" 2>&1 < /dev/null &
	echo $! > "$folder.pid"
	all_claimed "$folder.log"
}

# finish FOLDER: ends that consumer politely and waits for it
finish() {
	pid=$(cat "$1.pid")
	kill -TERM "$pid"
	await 200 ended "$pid" || { echo "xenav-record does not end"; return 1; }
}

# ended PID: the process is gone or a zombie
ended() {
	! kill -0 "$1" 2>/dev/null || grep -q '^State:.*Z' "/proc/$1/status"
}

# holdings: what xenavd holds for guests, in numbers that must return to their old values
holdings() {
	pid=$(xenavd_pid)
	echo "grant-mappings $(grep -c -E 'xen/gnt(dev|alloc)' "/proc/$pid/maps")" \
		"memfds $(ls -l "/proc/$pid/fd" | grep -c memfd)" \
		"threads $(ls "/proc/$pid/task" | wc -l)" \
		"event-channels $(lsevtchn 0 | grep -c Interdomain)"
}

held_as() {
	[ "$(holdings)" = "$(cat "$1")" ]
}

# only_dom0: no guest is left. Xen takes a moment to free a domain's memory, and never frees a zombie's.
only_dom0() {
	[ "$(command xl list | wc -l)" = 2 ]
}

# quiet: the service runs, no consumer does, and xl has not waited in vain
quiet() {
	systemctl is-active -q xenavd || { echo "xenavd is $(systemctl is-active xenavd)"; return 1; }
	for pid in $(pidof xenav-record); do
		kill "$pid"
		await 200 ended "$pid" || { echo "a consumer does not end"; return 1; }
	done
	! grep -h -i -E 'unable to|time[d -]*out' $run/xl-complaints /var/log/xen/xl-*.log 2>/dev/null ||
		{ echo "(said by xl)"; return 1; }
}

# holds FILE: within 10 s xenavd holds what the file says
holds() {
	await 60 held_as "$1" || {
		echo "xenavd has to hold: $(cat "$1")"
		echo "and holds:          $(holdings)"
		return 1
	}
}

# as_found: what has to hold after a case when another one goes on with the machine
as_found() {
	quiet && holds $run/held-idle
}

# nothing_left: what has to hold after the last case, when consumers and guests are gone
nothing_left() {
	systemctl cat xenavd > /dev/null 2>&1 || return 0
	quiet || return 1
	for guest in $(command xl list | awk 'NR > 2 { print $1 }'); do
		xl destroy "$guest" || return 1
	done
	await 100 only_dom0 || { echo "domains that stay:"; command xl list; return 1; }
	{ [ ! -e $run/held-at-first ] || holds $run/held-at-first; } && quiet
}
