# SPDX-License-Identifier: MIT
# Shell functions for the scripts that the tests run in dom0; read with ". /opt/xt/xt.sh".
run=/run/xt
export LD_LIBRARY_PATH=/opt/xt/lib
mkdir -p $run

# state vsnd|vdispl DOMID: the backend's and the frontend's xenbus state
state() {
	echo "$(xenstore-read "/local/domain/0/backend/$1/$2/0/state" 2>/dev/null)" \
		"$(xenstore-read "/local/domain/$2/device/$1/0/state" 2>/dev/null)"
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
	[ "$(state vsnd "$1")" = "4 4" ] && [ "$(state vdispl "$1")" = "4 4" ]
}

# Root may do everything, also speak to guests.
start_xenavd() {
	[ -f $run/xenavd.conf ] || cat > $run/xenavd.conf <<-EOF
		[consumer user 0]
		display = claim
		playback = claim
		capture = claim
	EOF
	setsid xenavd --foreground --log-level debug --config $run/xenavd.conf "$@" \
		>> $run/xenavd.log 2>&1 < /dev/null &
	echo $! > $run/xenavd.pid
	await 100 test -S /run/xenavd/socket || {
		echo "xenavd did not make its socket within 10 s; it said:"
		cat $run/xenavd.log
		return 1
	}
}

# xl_create [CFG]: xl maps the kernel page by page, which is slow over 9p, so copy it first
xl_create() {
	mkdir -p /tmp/boot && cp /stage/vmlinux /stage/guest.cpio /tmp/boot/ || return 1
	xl create "${1:-/opt/xt/guest.cfg}"
	rc=$?
	rm -r /tmp/boot
	return $rc
}

# create_guest [CFG]: xl create, and both devices connected
create_guest() {
	xl_create "$@" || return 1
	domid=$(xl domid g1) || return 1
	await 600 connected "$domid" || {
		echo "devices not connected after 60 s:" \
			"vsnd $(state vsnd "$domid") vdispl $(state vdispl "$domid")"
		return 1
	}
}

# record FOLDER OPTIONS...: a consumer in the background that has made its claims; its number is
# in FOLDER.pid. The claims are answered in one go, so after the first the rest is a moment away.
record() {
	folder=$1
	shift
	mkdir -p "$folder"
	setsid xenav-record --output "$folder" "$@" > "$folder.log" 2>&1 < /dev/null &
	echo $! > "$folder.pid"
	await 200 grep -q claimed "$folder.log" || { echo "xenav-record claims nothing"; return 1; }
	usleep 300000
}

# finish FOLDER: ends that consumer politely and waits for it
finish() {
	pid=$(cat "$1.pid")
	kill -TERM "$pid"
	await 200 ended "$pid" || { echo "xenav-record does not end"; return 1; }
}

# a process that nobody has waited for yet has ended too
ended() {
	! kill -0 "$1" 2>/dev/null || grep -q '^State:.*Z' "/proc/$1/status"
}

# What a guest may cost xenavd, in numbers that must come back to where they were.
holdings() {
	pid=$(cat $run/xenavd.pid)
	echo "descriptors $(ls "/proc/$pid/fd" | wc -l)" \
		"grant-mappings $(grep -c -E 'xen/gnt(dev|alloc)' "/proc/$pid/maps")" \
		"memfds $(ls -l "/proc/$pid/fd" | grep -c memfd)" \
		"threads $(ls "/proc/$pid/task" | wc -l)"
}
