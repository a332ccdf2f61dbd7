# SPDX-License-Identifier: MIT
"""A VNC client for tests: raw pixels, QEMU's extended key events and audio."""
import socket
import struct
import time

RAW, TIGHT, ZRLE, LAST_RECT = 0, 7, 16, -224
DESKTOP_SIZE, EXTENDED_DESKTOP_SIZE = -223, -308
QEMU_KEYS, QEMU_AUDIO = -258, -259
USUAL = (RAW, DESKTOP_SIZE, EXTENDED_DESKTOP_SIZE)

# Formats of audio samples.
U8, S8, U16, S16, U32, S32 = range(6)


class Refused(Exception):
    """The server does not let us in; the text is its reason."""


def connect(address, timeout=60):
    """address: a path, or (host, port)."""
    kind = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    sock = socket.socket(kind, socket.SOCK_STREAM)
    sock.settimeout(timeout)
    while True:
        try:
            sock.connect(address)
            return sock
        except BlockingIOError:  # many others wait to be accepted
            time.sleep(0.01)


def des_response(challenge, password):
    """The answer to a challenge, by OpenSSL: each byte of the key is mirrored."""
    import subprocess
    key = password.encode()[:8].ljust(8, b'\0')
    mirrored = bytes(int('{:08b}'.format(b)[::-1], 2) for b in key)
    done = subprocess.run(['openssl', 'enc', '-des-ecb', '-nopad', '-provider', 'legacy', '-provider', 'default',
                           '-K', mirrored.hex()], input=challenge, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode())
    return done.stdout


class Client:
    def __init__(self, address, password=None, encodings=USUAL, version=8, timeout=60):
        self.sock = connect(address, timeout)
        self.received = 0       # bytes
        self.updates = 0
        self.acknowledged = set()
        self.audio = bytearray()
        self.audio_state = []   # 'begin', 'end'
        self.pixels = b''
        self.handshake(password, version)
        if encodings:
            self.set_encodings(encodings)

    def close(self):
        self.sock.close()

    def read(self, count):
        data = bytearray()
        while len(data) < count:
            piece = self.sock.recv(min(count - len(data), 1 << 20))
            if not piece:
                raise ConnectionError('the server has closed the connection')
            data += piece
        self.received += count
        return bytes(data)

    def send(self, data):
        self.sock.sendall(data)

    # -------- the beginning --------

    def reason(self):
        return self.read(*struct.unpack('>I', self.read(4))).decode()

    def handshake(self, password, version):
        assert self.read(12) == b'RFB 003.008\n'
        self.send(b'RFB 003.%03d\n' % version)
        if version >= 7:
            count = self.read(1)[0]
            if count == 0:
                raise Refused(self.reason())
            security = self.read(count)[0]
            self.send(bytes([security]))
        else:
            security, = struct.unpack('>I', self.read(4))
            if security == 0:
                raise Refused(self.reason())
        self.security = security
        if security == 2:
            self.send(des_response(self.read(16), password))
        if security == 2 or version >= 8:
            result, = struct.unpack('>I', self.read(4))
            if result:
                raise Refused(self.reason() if version >= 8 else 'failed')
        self.send(b'\1')
        self.width, self.height = struct.unpack('>HH', self.read(4))
        self.format = struct.unpack('>BBBBHHHBBB3x', self.read(16))
        self.name = self.reason()
        self.resize(self.width, self.height)

    def resize(self, width, height):
        self.width, self.height = width, height
        self.frame = bytearray(4 * width * height)

    # -------- to the server --------

    def set_encodings(self, encodings):
        self.send(struct.pack('>BxH%di' % len(encodings), 2, len(encodings), *encodings))

    def request(self, incremental=False, area=None):
        x, y, width, height = area or (0, 0, self.width, self.height)
        self.send(struct.pack('>BBHHHH', 3, incremental, x, y, width, height))

    def key(self, keysym, pressed):
        self.send(struct.pack('>BBxxI', 4, pressed, keysym))

    def qemu_key(self, qnum, keysym, pressed):
        self.send(struct.pack('>BBHII', 255, 0, pressed, keysym, qnum))

    def pointer(self, x, y, buttons=0):
        self.send(struct.pack('>BBHH', 5, buttons, x, y))

    def cut_text(self, text):
        data = text.encode('latin-1')
        self.send(struct.pack('>BxxxI', 6, len(data)) + data)

    def audio_format(self, sample, channels, rate):
        self.send(struct.pack('>BBHBBI', 255, 1, 2, sample, channels, rate))

    def audio_enable(self, on=True):
        self.send(struct.pack('>BBH', 255, 1, 0 if on else 1))

    # -------- from the server --------

    def read_rect(self):
        x, y, width, height, encoding = struct.unpack('>HHHHi', self.read(12))
        if encoding in (QEMU_KEYS, QEMU_AUDIO):
            self.acknowledged.add(encoding)
        elif encoding == DESKTOP_SIZE:
            self.resize(width, height)
        elif encoding == EXTENDED_DESKTOP_SIZE:
            self.read(3 + 16 * self.read(1)[0])
            if (width, height) != (self.width, self.height):
                self.resize(width, height)
        elif encoding == RAW:
            for row in range(y, y + height):
                at = 4 * (row * self.width + x)
                self.frame[at:at + 4 * width] = self.read(4 * width)
            return True
        elif encoding == ZRLE:  # not decoded
            self.read(*struct.unpack('>I', self.read(4)))
            return True
        elif encoding == TIGHT:
            self.skip_tight(width, height)
            return True
        else:
            raise AssertionError('encoding %d' % encoding)
        return False

    def compact(self):
        """A length of Tight."""
        length = shift = 0
        while True:
            byte = self.read(1)[0]
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128 or shift == 21:
                return length

    def skip_tight(self, width, height):
        """Read a rectangle and do not decode it."""
        control = self.read(1)[0] >> 4
        if control in (8, 9):  # one colour, or JPEG
            self.read(3 if control == 8 else self.compact())
            return
        size = 3 * width * height
        kind = self.read(1)[0] if control & 4 else 0
        if kind == 1:  # a palette
            colours = self.read(1)[0] + 1
            self.read(3 * colours)
            size = height * (width if colours > 2 else (width + 7) // 8)
        self.read(size if size < 12 else self.compact())

    def read_audio(self):
        _, operation = struct.unpack('>BH', self.read(3))
        if operation == 2:
            self.audio += self.read(*struct.unpack('>I', self.read(4)))
        else:
            self.audio_state.append('begin' if operation else 'end')

    def read_message(self):
        """@return what came: 'picture', 'update' without pixels, 'audio', 'text'."""
        kind = self.read(1)[0]
        if kind == 0:
            count, = struct.unpack('>xH', self.read(3))
            pixels = [self.read_rect() for _ in range(count)]
            self.updates += 1
            return 'picture' if any(pixels) else 'update'
        if kind == 255:
            self.read_audio()
            return 'audio'
        if kind == 3:
            self.read(*struct.unpack('>3xI', self.read(7)))
            return 'text'
        raise AssertionError('message %d' % kind)

    def wait_picture(self, incremental=False):
        """Ask for a picture and read until it is there."""
        self.request(incremental)
        while self.read_message() != 'picture':
            pass

    def hear(self, count):
        """Read until there are so many bytes of sound more."""
        count += len(self.audio)
        while len(self.audio) < count:
            self.read_message()

    def run_for(self, seconds):
        """Read what comes in that time."""
        end = time.monotonic() + seconds
        before = self.sock.gettimeout()
        while time.monotonic() < end:
            self.sock.settimeout(max(0.01, end - time.monotonic()))
            try:
                first = self.sock.recv(1, socket.MSG_PEEK)
            except socket.timeout:
                break
            if not first:
                raise ConnectionError('the server has closed the connection')
            self.sock.settimeout(before)
            self.read_message()
        self.sock.settimeout(before)

    def pixel(self, x, y):
        at = 4 * (y * self.width + x)
        return struct.unpack_from('<I', self.frame, at)[0] & 0xffffff


def is_closed(sock, timeout=60):
    """Does the server close the connection?  What it sends before is thrown away."""
    sock.settimeout(timeout)
    try:
        while sock.recv(65536):
            pass
        return True
    except socket.timeout:
        return False
    except OSError:
        return True
