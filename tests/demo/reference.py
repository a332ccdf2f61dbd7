# SPDX-License-Identifier: MIT
"""The tune and the pictures of xenav-demo-daemon(1), apart from those of the daemon: see reference.h."""

NOTES_HZ = 263, 293, 331, 349, 389, 439, 491, 523


def tune(position, channel=0, rate_hz=48000):
    """The sample of a channel at a position, of 16 bits."""
    k = position % (2 * rate_hz)
    hz = NOTES_HZ[k // (rate_hz // 4) % 8] * (1 + channel % 2)
    phase = (16384 + k % (rate_hz // 4) * hz * 65536 // rate_hz) % 65536
    return (phase if phase < 32768 else 65535 - phase) - 16384


def square(n, width, height):
    """Where the square of frame n of flip is: x, y, side."""
    side = min(200, min(width, height) // 2)
    return 8 * n % (width - side + 1), 4 * n % (height - side + 1), side


def flip(n, width, height, byteorder='little'):
    """Frame n of flip, in bytes of blue, green, red and 255, or with 'big' of red, green, blue and 255."""
    left, top, side = square(n, width, height)
    plain, white = (0x204060).to_bytes(3, byteorder) + b'\xff', b'\xff\xff\xff\xff'
    row = plain * left + white * side + plain * (width - left - side)
    rows = plain * width * top + row * side + plain * width * (height - top - side)
    return (n & 0xffffff).to_bytes(3, byteorder) + b'\xff' + rows[4:]
