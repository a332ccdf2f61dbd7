# SPDX-License-Identifier: MIT
"""Makes the images of the wide machine: the plain ones, and more from Debian in the guest and in dom0.

The guest has the servers and programs that people run in guests. dom0 has the libraries and data of
consumers that need more than xenavd does."""

import hashlib
import os
import shutil

from . import images, kernels, packages
from .cpio import Cpio
from .tree import Tree

HERE = os.path.dirname(os.path.abspath(__file__))
RECIPE = ["desktop.py"]
DEBS = packages.DESKTOP

SHELL = ["bash"]
SOUND = ["pulseaudio", "pulseaudio-utils", "pipewire", "pipewire-bin", "wireplumber", "dbus-daemon"]
SCREEN = ["weston", "xserver-xorg-core", "xserver-xorg-input-libinput", "x11-xkb-utils", "xterm",
          "udev", "xkb-data", "fonts-dejavu-core"]
DOM0 = ["libvncserver1", "libwebsockets17", "libxkbcommon0", "novnc"]
ROOTS = SHELL + SOUND + SCREEN + DOM0

GUEST_PROGRAMS = [
    "bin/bash", "usr/bin/pulseaudio", "usr/bin/pacat", "usr/bin/pactl", "usr/bin/pipewire",
    "usr/bin/pw-cat", "usr/bin/pw-cli", "usr/bin/pw-top", "usr/bin/wireplumber", "usr/bin/wpctl",
    "usr/bin/dbus-daemon", "usr/bin/weston", "usr/bin/weston-terminal",
    "usr/lib/*/weston-desktop-shell", "usr/lib/*/weston-keyboard", "usr/lib/xorg/Xorg",
    "usr/bin/xterm", "usr/bin/xkbcomp", "bin/udevadm", "lib/udev/*_id"]
GUEST_PLUGINS = [
    *["usr/lib/pulse-*/modules/module-%s.so" % name for name in (
        "device-restore", "stream-restore", "card-restore", "augment-properties",
        "switch-on-port-available", "switch-on-connect", "udev-detect", "alsa-card", "alsa-sink",
        "alsa-source", "native-protocol-unix", "default-device-restore", "always-sink", "null-sink",
        "intended-roles", "suspend-on-idle", "position-event-sounds", "role-cork",
        "filter-heuristics", "filter-apply")],
    *["usr/lib/*/pipewire-0.3/libpipewire-module-%s.so" % name for name in (
        "access", "adapter", "client-device", "client-node", "link-factory", "metadata",
        "portal", "profiler", "protocol-native", "rt", "session-manager", "spa-device",
        "spa-device-factory", "spa-node", "spa-node-factory")],
    "usr/lib/*/spa-0.2/support/libspa-support.so", "usr/lib/*/spa-0.2/support/libspa-dbus.so",
    "usr/lib/*/spa-0.2/alsa/libspa-alsa.so", "usr/lib/*/spa-0.2/audioconvert/*.so",
    "usr/lib/*/spa-0.2/audiomixer/*.so", "usr/lib/*/wireplumber-0.4/*.so",
    "usr/lib/*/libweston-10/drm-backend.so", "usr/lib/*/weston/desktop-shell.so",
    "usr/lib/xorg/modules/*.so", "usr/lib/xorg/modules/drivers/modesetting_drv.so",
    "usr/lib/xorg/modules/input/libinput_drv.so"]
# what is loaded from other folders than the system's, because a RUNPATH says so
RUNPATHS = ["usr/lib/*/pulseaudio", "usr/lib/pulse-*/modules",
            "usr/lib/*/pipewire-0.3", "usr/lib/*/weston"]
GUEST_FOLDERS = ["etc/pulse", "usr/share/pulseaudio", "usr/share/alsa-card-profile",
                 "usr/share/alsa", "usr/share/pipewire", "usr/share/wireplumber",
                 "usr/share/dbus-1", "usr/share/weston", "usr/share/X11", "usr/share/libinput",
                 "usr/share/fonts/truetype/dejavu", "etc/X11/app-defaults", "etc/udev",
                 "lib/udev/rules.d"]
GUEST_LINKS = {"usr/bin/paplay": "pacat", "usr/bin/pw-play": "pw-cat", "usr/bin/Xorg":
               "../lib/xorg/Xorg", "lib/systemd/systemd-udevd": "/bin/udevadm"}
FONTS = b"""<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><dir>/usr/share/fonts</dir><cachedir>/tmp/fonts</cachedir>
<alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
<alias><family>sans</family><prefer><family>DejaVu Sans</family></prefer></alias>
</fontconfig>
"""
DOM0_LIBRARIES = ["libvncserver.so.1", "libwebsockets.so.17", "libxkbcommon.so.0"]
DOM0_FOLDERS = ["usr/share/X11/xkb", "usr/share/novnc"]


def closure(cache):
    """The packages that are fetched besides those of the plain images, as sorted name=version."""
    return packages.closure_of(cache, ROOTS)


def last_packages(cache):
    """Those of the newest images, used if apt cannot be asked."""
    return [p for p in images.last_packages(cache, "desktopimages") or []
            if not kernels.is_of(p, "guest")]


def key(plain, package_list):
    """Changes when the plain images, a package or the recipe changes."""
    digest = hashlib.sha256("\n".join([os.path.basename(plain), *package_list]).encode())
    for name in RECIPE:
        with open(os.path.join(HERE, name), "rb") as f:
            digest.update(f.read())
    return digest.hexdigest()[:16]


def _make_guest(root, target):
    tree = Tree(root, Cpio(target), RUNPATHS)
    for pattern in GUEST_PROGRAMS + GUEST_PLUGINS:
        tree.programs(pattern)
    for path in GUEST_FOLDERS:
        tree.folder(path)
    for name, to in GUEST_LINKS.items():
        tree.image.link(name, to)
    tree.image.file("etc/fonts/fonts.conf", FONTS)
    tree.image.close()


def _make_dom0(root, target):
    tree = Tree(root, Cpio(target))
    for soname in DOM0_LIBRARIES:
        tree.library(soname)
    for path in DOM0_FOLDERS:
        tree.folder(path)
    tree.image.close()


def _append(target, *parts):
    """The kernel takes several archives one after the other."""
    with open(target, "wb") as out:
        for part in parts:
            with open(part, "rb") as f:
                shutil.copyfileobj(f, out)


def build(cache, plain, package_list, target, say):
    """Fills the folder target with images that replace those of the folder plain."""
    say("fetching %d Debian packages of desktops" % len(package_list))
    debs = packages.fetch(cache, package_list, DEBS)
    say("making the images of a guest with a desktop")
    root = os.path.join(target, "root")
    packages.unpack(debs, root)
    for name, make in (("guest.cpio", _make_guest), ("dom0.cpio", _make_dom0)):
        more = os.path.join(target, "more")
        make(root, more)
        _append(os.path.join(target, name), os.path.join(plain, name), more)
        os.unlink(more)
    for name in ("xen.elf", "vmlinux"):
        os.link(os.path.join(plain, name), os.path.join(target, name))
    shutil.rmtree(root)
    kernel = [p for p in images.packages_of(plain) if kernels.is_of(p, "guest")]
    images.write_manifest(target, ["xen.elf", "dom0.cpio", "vmlinux", "guest.cpio"],
                          kernel + package_list)
