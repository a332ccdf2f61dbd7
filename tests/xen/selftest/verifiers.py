# SPDX-License-Identifier: MIT
"""Tests the verifiers: correct recordings pass, and one wrong sample or pixel does not."""

import json
import os
import struct
import subprocess
import sys
import tempfile
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from lab import after, cpio, elf, keys, pattern, png, runner, wav  # noqa: E402
from lab.case import SAID, Case  # noqa: E402
from lab.errors import Failure, TooBusy  # noqa: E402

XT_PATTERN = sys.argv[1]
TESTS = []


def test(function):
    TESTS.append(function)
    return function


def refused(function, *args):
    try:
        function(*args)
    except Failure as e:
        return str(e)
    raise AssertionError("it was accepted")


def wav_file(folder, data, channels=2, rate=48000, bits=16):
    path = os.path.join(folder, "t.wav")
    block = channels * bits // 8
    with open(path, "wb") as f:
        f.write(b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + struct.pack(
            "<IHHIIHH", 16, 1, channels, rate, rate * block, block, bits) + b"data" +
            struct.pack("<I", len(data)) + data)
    return path


SOUND = pattern.samples("s16", 5, 2 * 3000)


@test
def wav_exact(folder):
    """the very samples pass, with and without silence after them"""
    assert wav.check(wav_file(folder, SOUND), SOUND, 2, 48000, 16) == 0
    assert wav.check(wav_file(folder, SOUND + bytes(400)), SOUND, 2, 48000, 16) == 100
    byte = pattern.samples("u8", 5, 900)
    path = wav_file(folder, byte + b"\x80" * 7, 1, 8000, 8)
    assert wav.check(path, byte, 1, 8000, 8, b"\x80") == 7


@test
def wav_lost(folder):
    """one lost frame is refused and named"""
    path = wav_file(folder, SOUND[:4000] + SOUND[4004:] + bytes(4))
    assert "1 frames are lost" in refused(wav.check, path, SOUND, 2, 48000, 16)


@test
def wav_inserted(folder):
    """silence in between, or before the first sample, is refused and named"""
    path = wav_file(folder, SOUND[:4000] + bytes(40) + SOUND[4000:])
    assert "10 frames were put in" in refused(wav.check, path, SOUND, 2, 48000, 16)
    path = wav_file(folder, bytes(40) + SOUND)
    assert "frame 0" in refused(wav.check, path, SOUND, 2, 48000, 16)


@test
def wav_repeated(folder):
    """a repeated period is refused"""
    path = wav_file(folder, SOUND[:4000] + SOUND[3600:])
    assert "frames were put in" in refused(wav.check, path, SOUND, 2, 48000, 16)


@test
def wav_within(folder):
    """a sound between silence and silence passes, one that is late, torn or followed by more does not"""
    args = SOUND, 2, 48000, 16
    assert wav.check_within(wav_file(folder, bytes(40) + SOUND + bytes(8)), *args) == 10
    assert wav.check_within(wav_file(folder, SOUND), *args) == 0
    late = bytes(4) + SOUND
    assert wav.check_within(wav_file(folder, bytes(8) + late), late, *args[1:]) == 2
    for data in (bytes(40) + SOUND[:4000] + bytes(4) + SOUND[4000:], bytes(40) + SOUND[4:],
                 SOUND + bytes(8) + SOUND[:4], SOUND[:-4], bytes(40), b""):
        refused(wav.check_within, wav_file(folder, data), *args)
    refused(wav.check_within, wav_file(folder, SOUND), late, *args[1:])
    assert wav.is_silent(wav_file(folder, bytes(40))) and not wav.is_silent(wav_file(folder, SOUND))


@test
def keys_of_text(_):
    """a text is written by the keys of a keyboard as in the United States"""
    assert keys.strokes("aZ/>\n") == [(30, False), (44, True), (53, False), (52, True), (28, False)]
    assert keys.strokes("0-=P'\"~| ") == [(11, False), (12, False), (13, False), (25, True),
                                        (40, False), (40, True), (41, True), (43, True), (57, False)]


@test
def wav_changed(folder):
    """one changed bit, a missing end, swapped channels, noise behind the end are refused"""
    changed = bytearray(SOUND)
    changed[-1] ^= 1
    swapped = b"".join(SOUND[i + 2:i + 4] + SOUND[i:i + 2] for i in range(0, len(SOUND), 4))
    for data in bytes(changed), SOUND[:-4], swapped, SOUND + bytes(4) + b"\1\0\0\0", b"":
        refused(wav.check, wav_file(folder, data), SOUND, 2, 48000, 16)


@test
def wav_format(folder):
    """another format, a cut file and something that is no WAV file are refused"""
    refused(wav.check, wav_file(folder, SOUND, rate=44100), SOUND, 2, 48000, 16)
    path = wav_file(folder, SOUND)
    os.truncate(path, 2000)
    refused(wav.check, path, SOUND, 2, 48000, 16)
    with open(path, "wb") as f:
        f.write(b"nothing of the kind")
    refused(wav.check, path, SOUND, 2, 48000, 16)


@test
def wav_rest(folder):
    """the rest of a sound is found, and refused when it has a hole or another end"""
    args = (SOUND, 2, 48000, 16)
    assert wav.check_rest(wav_file(folder, SOUND[4000:]), *args) == 1000
    refused(wav.check_rest, wav_file(folder, SOUND[4000:-4]), *args)
    refused(wav.check_rest, wav_file(folder, SOUND[4000:8000] + SOUND[8004:]), *args)
    refused(wav.check_rest, wav_file(folder, bytes(400)), *args)
    refused(wav.check_rest, wav_file(folder, b""), *args)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_file(folder, rows, filters=(0,)):
    """Filtered on its own, the slow and plain way of the standard."""
    raw, above = b"", bytes(len(rows[0]))
    for y, row in enumerate(rows):
        kind = filters[y % len(filters)]
        line = bytearray()
        for i, value in enumerate(row):
            a, b, c = (row[i - 3] if i > 2 else 0), above[i], (above[i - 3] if i > 2 else 0)
            p = a + b - c
            near = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            line.append((value - (0, a, b, (a + b) >> 1, near)[kind]) & 255)
        raw += bytes([kind]) + line
        above = row
    path = os.path.join(folder, "t.png")
    header = struct.pack(">IIBBBBB", len(rows[0]) // 3, len(rows), 8, 2, 0, 0, 0)
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) +
                chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))
    return path


def frame_rows(form, connector, frame, width, height):
    run = subprocess.run([XT_PATTERN, *map(str, (connector, frame, width, height)), form],
                         stdout=subprocess.PIPE, check=True)
    step = 3 * width
    return [run.stdout[i:i + step] for i in range(0, len(run.stdout), step)]


@test
def pattern_same(_):
    """the guest's pattern and the verifier's are the same, in both formats"""
    for form, connector, frame, width, height in (
            ("xr24", 0, 0, 300, 500), ("xr24", 1, 60, 645, 250), ("rg16", 3, 300, 803, 245)):
        rows = frame_rows(form, connector, frame, width, height)
        assert rows == [pattern.row(form, connector, frame, width, y) for y in range(height)]


@test
def png_exact(folder):
    """an exact frame passes and tells its number, with any filters of its writer"""
    for form, width, height, frame in (("xr24", 270, 250, 7), ("rg16", 261, 245, 60)):
        rows = frame_rows(form, 1, frame, width, height)
        checker = png.Checker(form, 1, width, height)
        for filters in (0,), (1,), (2,), (3,), (4,), (4, 0, 3, 1, 2):
            assert checker.check(png_file(folder, rows, filters)) == frame


@test
def png_pixel(folder):
    """one wrong pixel is refused and named; so are lost, doubled and swapped rows"""
    rows = frame_rows("xr24", 0, 9, 270, 250)
    checker = png.Checker("xr24", 0, 270, 250)
    for filters in (0,), (4,), (3, 1, 2):
        wrong = list(rows)
        wrong[200] = rows[200][:30] + bytes([rows[200][30] ^ 1]) + rows[200][31:]
        text = refused(checker.check, png_file(folder, wrong, filters))
        assert "1 pixels" in text and "10,200" in text, text
    swapped = rows[:100] + [rows[101], rows[100]] + rows[102:]
    doubled = rows[:100] + [rows[99]] + rows[101:]
    shifted = [r[3:] + r[:3] for r in rows]
    for wrong in swapped, doubled, shifted:
        refused(checker.check, png_file(folder, wrong))


@test
def png_other(folder):
    """a torn frame, another connector, size or format, a damaged file are refused"""
    rows = frame_rows("xr24", 0, 9, 270, 250)
    torn = rows[:125] + frame_rows("xr24", 0, 10, 270, 250)[125:]
    refused(png.Checker("xr24", 0, 270, 250).check, png_file(folder, torn))
    path = png_file(folder, rows)
    refused(png.Checker("xr24", 1, 270, 250).check, path)
    refused(png.Checker("rg16", 0, 270, 250).check, path)
    refused(png.Checker("xr24", 0, 250, 270).check, path)
    with open(path, "r+b") as f:
        f.seek(100)
        f.write(b"damage")
    refused(png.Png, path)
    os.truncate(path, 60)
    refused(png.Png, path)


@test
def archives(folder):
    """an archive has the format the kernel reads; an executable's libraries are found"""
    path = os.path.join(folder, "a.cpio")
    archive = cpio.Cpio(path)
    archive.file("a/b/c", b"hello", 0o600)
    archive.link("d", "a")
    archive.close()
    with open(path, "rb") as f:
        data = f.read()
    assert len(data) % 512 == 0 and data.count(b"070701") == 5
    assert data.index(b"a/b/c\0") % 4 == 2 and b"TRAILER!!!" in data
    assert any(n.startswith("libc.so") for n in elf.needed(sys.executable))


TRACE = """[    9.1] ------------[ cut here ]------------
[    9.2] refcount_t: underflow; use-after-free.
[    9.3] WARNING: CPU: 0 PID: 23 at lib/refcount.c:28 refcount_warn_saturate+0xba/0x110
[    9.4] Call Trace:
[    9.5]  %s+0x24/0x60 [drm_xen_front]
[    9.6] ---[ end trace 0000000000000000 ]---
"""


@test
def kernel_log(_):
    """a guest's kernel log may hold the usual messages and no others about errors"""
    usual = "[    1.0] workingset: timestamp_bits=36\n[    2.0] AMD-Vi: This is not a bug.\n" \
            "[    3.0] vsnd vsnd-1: Error writing ring-ref: -13\n"
    wrong = ["[    7.0] BUG: unable to handle page fault for address: 0000000000002a48",
             "[    7.1] [drm:display_update [drm_xen_front]] *ERROR* Failed: -110",
             "[    7.2] [drm:pflip_timeout [drm_xen_front]] Frame done timed-out, releasing",
             "[    7.2] vsnd vsnd-1: Error writing ring-ref: -12",
             "[    7.3] general protection fault, probably for non-canonical address"]
    assert after.trouble(usual + TRACE % "xen_drm_drv_release") == []
    assert len(after.trouble(usual + TRACE % "xen_snd_drv_remove")) > 1
    for line in wrong:
        assert after.trouble(usual + TRACE % "xen_drm_drv_release" + line + "\n" +
                             TRACE % "xen_drm_drv_release") == [line]
    assert after.trouble(wrong[1], r"Failed: -110") == []


def run_case(folder, errors):
    """Runs a case that ends with these errors in turn, or well. Returns what is wrong, and what was left over of
    the runs before the last one."""
    left = []

    def function(bench):
        left.append(sorted(os.listdir(bench.folder)))
        with open(os.path.join(bench.folder, "recording"), "w") as f:
            f.write("of this run")
        if errors:
            raise errors.pop(0)

    os.makedirs(folder)
    runner.Unit(None, None).run([Case(function, "a case", "host", 60)], [folder])
    with open(os.path.join(folder, "result.json")) as f:
        return json.load(f)["wrong"], left


@test
def busy_machines(folder):
    """a case whose guest was late is run again in an empty folder, three times at most, and others are not"""
    late = [TooBusy("late"), TooBusy("late"), TooBusy("late"), TooBusy("late")]
    assert run_case(os.path.join(folder, "late"), late[:2]) == (None, [[], [SAID], [SAID]])
    wrong, left = run_case(os.path.join(folder, "always"), late)
    assert wrong == "late" and len(left) == 3
    assert run_case(os.path.join(folder, "wrong"), [Failure("wrong")]) == ("wrong", [[]])


def main():
    print("1..%d" % len(TESTS))
    failed = 0
    for number, function in enumerate(TESTS, 1):
        with tempfile.TemporaryDirectory() as folder:
            try:
                function(folder)
                ok = "ok"
            except (AssertionError, Failure) as e:
                ok = "not ok"
                failed += 1
                line = e.__traceback__.tb_lineno
                while e.__traceback__.tb_next:
                    e.__traceback__ = e.__traceback__.tb_next
                    line = e.__traceback__.tb_lineno
                print("# line %d: %s" % (line, e))
        print("%s %d - %s: %s" % (ok, number, function.__name__, function.__doc__), flush=True)
    return 1 if failed else 0


sys.exit(main())
