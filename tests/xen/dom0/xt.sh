# SPDX-License-Identifier: MIT
# Shell functions for the scripts that the tests run in dom0; read with ". /opt/xt/xt.sh".
run=/run/xt
export LD_LIBRARY_PATH=/opt/xt/lib
mkdir -p $run

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
		usleep 100000
	done
}

connected() {
	[ "$(state vsnd "$1") $(state vdispl "$1") $(state vkbd "$1")" = "4 4 4 4 4 4" ]
}

# A sound driver that is bound may publish twice, and is connected to the second rings, too.
settled() {
	connected "$1" && usleep 500000 && connected "$1"
}

# waiting DOMID: both frontends are ready for a daemon that is not there
waiting() {
	[ "$(state vsnd "$1")" = "2 3" ] && [ "$(state vdispl "$1")" = "2 3" ]
}

# all_connected NAME: waits 60 s for its devices, and prints their states if they do not connect
all_connected() {
	domid=$(xl domid "$1") || return 1
	await 600 settled "$domid" || {
		echo "devices not connected after 60 s:" \
			"vsnd $(state vsnd "$domid") vdispl $(state vdispl "$domid")" \
			"vkbd $(state vkbd "$domid")"
		return 1
	}
}

# make_configuration: root may do everything, also feed guests and see their memory without a copy
make_configuration() {
	cat > $run/xenavd.conf <<-EOF
		[consumer user 0]
		display = claim
		playback = claim
		capture = claim
		direct = yes
		input = yes
	EOF
}

# start_xenavd OPTIONS...: the first one on a machine also records its holdings without a guest
start_xenavd() {
	[ -f $run/xenavd.conf ] || make_configuration
	setsid xenavd --foreground --log-level debug --config $run/xenavd.conf "$@" \
		>> $run/xenavd.log 2>&1 < /dev/null &
	echo $! > $run/xenavd.pid
	await 100 test -S /run/xenavd/socket || {
		echo "xenavd did not make its socket within 10 s; it said:"
		cat $run/xenavd.log
		return 1
	}
	[ -e $run/held-at-first ] || {
		await 100 grep -q 'serves domain' $run/xenavd.log && usleep 500000
		holdings > $run/held-at-first
	}
}

# reports N: xenavd has logged its whole status for the Nth time
reports() {
	[ "$(grep -c '^status: end' $run/xenavd.log)" -ge "$1" ]
}

# status: the status that xenavd logs, without "status: "
status() {
	next=$(($(grep -c '^status: end' $run/xenavd.log) + 1))
	kill -USR1 "$(cat $run/xenavd.pid)"
	await 100 reports $next || { echo "xenavd does not report"; return 1; }
	awk 'sub(/^status: /, "") { text = text $0 "\n" }
		$0 == "end" { last = text; text = "" } END { printf "%s", last }' $run/xenavd.log
}

# stop_xenavd SIGNAL: ends xenavd and waits until it is gone
stop_xenavd() {
	pid=$(cat $run/xenavd.pid)
	kill "-$1" "$pid"
	await 200 ended "$pid" || { echo "xenavd does not end"; return 1; }
}

# boot_files: copies kernel and initrd, which xl maps page by page: that is slow over 9p
boot_files() {
	kernel=$(cat $run/kernel 2>/dev/null)
	mkdir -p /tmp/boot && cp "/stage/vmlinux$kernel" /tmp/boot/vmlinux &&
		cp "/stage/guest$kernel.cpio" /tmp/boot/guest.cpio
}

# xl_create [CFG]
xl_create() {
	boot_files || return 1
	xl create "${1:-/opt/xt/guest.cfg}"
	rc=$?
	rm -r /tmp/boot
	return $rc
}

# create_guest [CFG [NAME]]: xl create, and all devices connected
create_guest() {
	xl_create "$@" && all_connected "${2:-g1}"
}

# rebooted DOMID [NAME]: the guest runs under another number
rebooted() {
	now=$(command xl domid "${2:-g1}" 2>/dev/null) && [ "$now" != "$1" ]
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
		usleep 500000
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

# holdings: what xenavd holds for guests, in numbers that must return to their old values. Event
# channels are counted for all of dom0: those of xenstored and xenconsoled go with the guest, too.
holdings() {
	pid=$(cat $run/xenavd.pid)
	echo "descriptors $(ls "/proc/$pid/fd" | wc -l)" \
		"grant-mappings $(grep -c -E 'xen/gnt(dev|alloc)' "/proc/$pid/maps")" \
		"memfds $(ls -l "/proc/$pid/fd" | grep -c memfd)" \
		"threads $(ls "/proc/$pid/task" | wc -l)" \
		"event-channels $(lsevtchn 0 | grep -c Interdomain)"
}

held_as() {
	[ "$(holdings)" = "$(cat "$1")" ]
}

held_as_at_first() {
	held_as $run/held-at-first
}

# only_dom0: no guest is left. Xen takes a moment to free a domain's memory, and never frees a zombie's.
only_dom0() {
	[ "$(command xl list | wc -l)" = 2 ]
}

# quiet: xenavd runs, no consumer does, and xl has not waited in vain
quiet() {
	! ended "$(cat $run/xenavd.pid)" || { echo "xenavd does not run any more"; return 1; }
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
	[ -e $run/xenavd.pid ] || return 0
	quiet && holds $run/held-idle
}

# nothing_left: what has to hold after the last case, when consumers and guests are gone
nothing_left() {
	[ -e $run/xenavd.pid ] || return 0
	quiet || return 1
	for guest in $(command xl list | awk 'NR > 2 { print $1 }'); do
		xl destroy "$guest" || return 1
	done
	await 100 only_dom0 || { echo "domains that stay:"; command xl list; return 1; }
	holds $run/held-at-first && quiet
}
