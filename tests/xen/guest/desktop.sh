# SPDX-License-Identifier: MIT
# Shell functions for scripts in a guest with desktop programs; read with ". desktop.sh". The servers
# run as they do for people, but without systemd and without users.
export HOME=/root SHELL=/bin/bash XDG_RUNTIME_DIR=/run/user/0
export DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus

# await TENTHS COMMAND...: repeats the command until it succeeds
await() {
	tries=$1
	shift
	until "$@" > /tmp/await 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || { echo "in vain: $*"; cat /tmp/await; return 1; }
		usleep 100000
	done
}

# behind NAME COMMAND...: starts a server that goes on after the script; what it says is in
# /tmp/NAME.log
behind() {
	name=$1
	shift
	setsid "$@" > "/tmp/$name.log" 2>&1 < /dev/null &
}

# desktop_up: terminals, udev with its names for devices, and the folders that servers expect
desktop_up() {
	mkdir -p /dev/pts "$XDG_RUNTIME_DIR" /var/lib/dbus /tmp/.X11-unix \
		/run/systemd/seats /run/systemd/sessions /run/systemd/users /run/systemd/machines
	ln -sf /run /var/run
	chmod 700 "$XDG_RUNTIME_DIR"
	chmod 1777 /tmp/.X11-unix
	mount -t devpts -o ptmxmode=666 devpts /dev/pts
	ip link set lo up
	echo 0123456789abcdef0123456789abcdef > /etc/machine-id
	echo "PS1='guest# '" > /root/.bashrc
	/lib/systemd/systemd-udevd --daemon && udevadm trigger --action=add && udevadm settle
}

# pulse_up: PulseAudio, with as much in the card's buffer as an emulated machine needs that may be
# late by a tenth of a second (4 x 25 ms is usual for a card without mmap)
pulse_up() {
	mkdir -p /etc/pulse/daemon.conf.d
	echo "default-fragment-size-msec = 400" > /etc/pulse/daemon.conf.d/late.conf
	behind pulse pulseaudio --exit-idle-time=-1 -v
	await 300 pactl info
}

# pipewire_up: PipeWire and WirePlumber. The graph and the card run at 8 kHz, and three seconds are in
# the card's buffer, so that an emulated machine is in time. The volume is full: 40 % is the default.
pipewire_up() {
	mkdir -p /etc/pipewire/pipewire.conf.d /etc/wireplumber/main.lua.d
	cat > /etc/pipewire/pipewire.conf.d/late.conf <<-EOF
		context.properties = {
			default.clock.rate = 8000
			default.clock.allowed-rates = [ 8000 ]
			default.clock.quantum = 8192
			default.clock.min-quantum = 8192
			default.clock.max-quantum = 8192
		}
	EOF
	cat > /etc/wireplumber/main.lua.d/51-late.lua <<-EOF
		table.insert(alsa_monitor.rules, {
			matches = { { { "node.name", "matches", "alsa_output.*" } } },
			apply_properties = { ["api.alsa.headroom"] = 12288 },
		})
	EOF
	behind dbus dbus-daemon --session --nofork --nopidfile "--address=$DBUS_SESSION_BUS_ADDRESS"
	await 100 test -S "$XDG_RUNTIME_DIR/bus"
	PIPEWIRE_DEBUG=2,pw.node:4 behind pipewire pipewire
	await 300 test -S "$XDG_RUNTIME_DIR/pipewire-0"
	behind wireplumber wireplumber
	await 200 wpctl set-volume @DEFAULT_AUDIO_SINK@ 1
}

# weston_up: weston and a terminal that fills the screen below the panel
weston_up() {
	mkdir -p /root/.config
	cat > /root/.config/weston.ini <<-EOF
		[core]
		idle-time=0
		[shell]
		clock-format=none
		animation=none
		startup-animation=none
		[launcher]
		icon=/usr/share/weston/icon_flower.png
		path=/bin/touch /tmp/launched
		[launcher]
		icon=/usr/share/weston/terminal.png
		path=/usr/bin/weston-terminal
	EOF
	behind weston weston --backend=drm-backend.so --use-pixman --tty=1
	await 600 test -S "$XDG_RUNTIME_DIR/wayland-1"
	WAYLAND_DISPLAY=wayland-1 behind terminal weston-terminal --maximized
	await 600 pidof bash
}

# xorg_up: Xorg and a terminal in the upper left of the screen
xorg_up() {
	mkdir -p /var/log /etc/X11 /var/lib/xkb
	cat > /etc/X11/xorg.conf <<-EOF
		Section "Module"
		    Disable "glx"
		EndSection
		Section "Device"
		    Identifier "screen"
		    Driver "modesetting"
		    Option "AccelMethod" "none"
		EndSection
	EOF
	behind xorg Xorg :0 vt1 -noreset -keeptty -s 0 -dpms -nolisten tcp
	await 600 test -S /tmp/.X11-unix/X0
	DISPLAY=:0 behind terminal xterm -geometry 80x24+0+0 -fn fixed
	await 600 pidof bash
}
