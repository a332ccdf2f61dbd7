# SPDX-License-Identifier: MIT
"""bench-av's VNC client, av-client.py ADDRESS: prints when clicks and flashes arrive, in nanoseconds."""
import array
import os
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'vnc'))
import rfb  # noqa: E402

RATE_HZ = 48000
LOUD = 10000
FLASH = 0xffffff
PAUSE = RATE_HZ // 4  # frames, from a click to where the next one may be


class Ear:
    def __init__(self):
        self.heard = 0    # frames
        self.deaf_to = 0  # the frame

    def hear(self, samples, now):
        left = array.array('h', samples)[::2]
        for i, sample in enumerate(left):
            if sample > LOUD and self.heard + i >= self.deaf_to:
                print('click', now + i * 1000000000 // RATE_HZ, flush=True)
                self.deaf_to = self.heard + i + PAUSE
        self.heard += len(left)


def main():
    client = rfb.Client(sys.argv[1], encodings=rfb.USUAL + (rfb.QEMU_AUDIO,))
    client.wait_picture()
    client.audio_format(rfb.S16, 2, RATE_HZ)
    client.audio_enable()
    client.request(True)
    print('ready', flush=True)
    ear, was_flash = Ear(), False
    while True:
        what = client.read_message()
        now = time.monotonic_ns()
        if what == 'audio':
            ear.hear(bytes(client.audio), now)
            client.audio.clear()
        elif what in ('picture', 'update'):
            client.request(True)
            is_flash = client.pixel(0, 0) == FLASH
            if is_flash and not was_flash:
                print('flash', now, flush=True)
            was_flash = is_flash


main()
