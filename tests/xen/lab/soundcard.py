# SPDX-License-Identifier: MIT
"""What dom0 needs for a sound card of its own: kernel modules, alsa-lib and programs of alsa-utils.

They are an archive beside the built programs, /stage/sound.cpio, and not in dom0's image: only the
cases of xenav-alsa unpack it."""

import os
import shutil

from . import images, kernels, packages
from .cpio import Cpio
from .tree import Tree

# emulated hardware, its codec first, and a card whose playback is heard by its capture
MODULES = ["snd_hda_codec_generic", "snd_hda_intel", "snd_aloop"]
PACKAGES = ["libc6", "libasound2", "libasound2-data", "alsa-utils"]
ARCHIVE = "sound.cpio"


def build(cache, images_folder, folder):
    """Writes the archive into the folder, for the dom0 of these images."""
    known = images.packages_of(images_folder)
    wanted = [p for p in known
              if p.partition("=")[0] in PACKAGES or kernels.is_of(p, "guest")]
    root = os.path.join(folder, "root")
    packages.unpack(packages.fetch(cache, wanted), root)
    tree = Tree(root, Cpio(os.path.join(folder, ARCHIVE)))
    tree.program("usr/bin/aplay")
    tree.image.link("usr/bin/arecord", "aplay")
    tree.folder("usr/share/alsa")
    tree.modules(kernels.releases(known)["guest"], MODULES)
    tree.image.close()
    shutil.rmtree(root)


def recording(path):
    """The samples that QEMU has written so far; its WAV file has no valid header until it ends."""
    with open(path, "rb") as f:
        return f.read()[44:]
