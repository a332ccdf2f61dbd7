# SPDX-License-Identifier: MIT
"""Weston and Xorg in a Debian guest: what they draw is seen, and what is typed and clicked arrives."""

import hashlib
import os
from collections import Counter

from lab import keys, png
from lab.case import case, equal, expect
from lab.errors import Failure

from .input import feed

SIZE = 1024, 768
# rows of pixels where the first two lines of the terminal end
TEXT_END = 110
BTN_LEFT = 272
PICTURE = "display+g1+id0.png"
FOLDER = "/run/xt/rec"
NOW = "md5sum < %s/%s" % (FOLDER, PICTURE)
# Copies the picture when it is no longer the one with that sum, and has not changed for two seconds,
# which lets slow programs finish.
STEADY = """
old='%s' last= count=0 tries=0
while [ $count -lt 8 ]; do
    tries=$((tries + 1))
    [ $tries -lt 200 ] || { echo "the picture does not change, or never rests"; exit 1; }
    now=$(%s)
    if [ "$now" = "$last" ] && [ "$now" != "$old" ]; then count=$((count + 1)); else count=0; fi
    last=$now
    usleep 250000
done
cp %s/%s /share/%s
"""


def sum_now(bench):
    return bench.dom0(NOW).strip()


def look(bench, name, old=""):
    """The rows of the picture when it rests; first it has to change from one that had that sum."""
    bench.dom0(STEADY % (old, NOW, FOLDER, PICTURE, name + ".png"), 80)
    picture = png.Png(os.path.join(bench.machine.share, name + ".png"))
    equal((picture.width, picture.height), SIZE, "the size of the picture")
    return list(picture.rows())


def look_for(bench, good, what):
    """The rows of the first picture at rest that is good: a slow server rests before it is ready."""
    rows = look(bench, "before")
    for _ in range(5):
        if good(rows):
            return rows
        with open(os.path.join(bench.machine.share, "before.png"), "rb") as f:
            rows = look(bench, "before", hashlib.md5(f.read()).hexdigest() + "  -")
    raise Failure("%s are seen: %s" % (what, Counter(colours(rows)).most_common(5)))


def colours(rows):
    """{colour: its part} of every fourth pixel of every fourth row."""
    found = Counter(row[i:i + 3] for row in rows[::4] for i in range(0, len(row), 12))
    return {colour: count / found.total() for colour, count in found.items()}


def has_terminal(rows):
    """Whether a white terminal fills a fifth of the screen, and the rest is black."""
    white, black = (colours(rows).get(bytes([value] * 3), 0) for value in (255, 0))
    return 0.17 < white < 0.21 and black > 0.7


def changed(before, after):
    """The box (left, top, right, bottom) of the pixels that differ, or None."""
    lines = [y for y in range(len(before)) if before[y] != after[y]]
    if not lines:
        return None
    columns = [i // 3 for y in lines for i in range(len(before[y])) if before[y][i] != after[y][i]]
    return min(columns), lines[0], max(columns) + 1, lines[-1] + 1


def type_line(bench, text):
    feed(bench, *["tap %d %d\nsleep 60" % (code, code) if not shift else
                  "key 42 1\ntap %d %d\nkey 42 0\nsleep 60" % (code, code)
                  for code, shift in keys.strokes(text + "\n")])


def point(bench, x, y):
    """Moves the pointer, and waits until that is seen. A click needs that:
    weston has no pointer before the first motion, and a program that has not heard of one loses the
    click."""
    old = sum_now(bench)
    feed(bench, "at id0 %d %d 0" % (x, y), "flush")
    look(bench, "pointed", old)


def click(bench, x, y):
    point(bench, x, y)
    feed(bench, "tap %d %d" % (BTN_LEFT, BTN_LEFT), "flush")


def start(bench, server):
    bench.dom0("record %s --no-sound --frames newest" % FOLDER)
    bench.guest(". desktop.sh && desktop_up && %s_up || { tail -n 20 /tmp/*.log; exit 1; }" % server,
                150)
    bench.dom0("await 300 test -s %s/%s" % (FOLDER, PICTURE), 40)


def check_typing(bench, before):
    """Types a line into the terminal, whose first lines it changes."""
    old = sum_now(bench)
    type_line(bench, "touch /tmp/typed")
    bench.await_guest("[ -e /tmp/typed ]")
    after = look(bench, "typed", old)
    # a terminal may hide the pointer meanwhile, which is farther down
    box = changed(before[:TEXT_END], after[:TEXT_END])
    expect(box and box[2] - box[0] > 60, "the box that changed: %s" % (box,))


@case("weston (DRM, pixman) with a terminal: the picture is seen, a typed line changes it and does "
      "what it says, a click starts a program", start="desktop", limit=300)
def weston(bench):
    start(bench, "weston")
    before = look_for(bench, lambda rows: len(colours(rows)) > 50, "few colours")
    check_typing(bench, before)
    click(bench, 16, 16)
    bench.await_guest("[ -e /tmp/launched ]")
    bench.guest("killall weston-terminal weston; sleep 1; grep -i 'assert\\|fail' /tmp/weston.log; "
                "true")
    bench.finish(FOLDER)


@case("Xorg (modesetting) with a terminal: the picture is seen, a typed line changes it and does "
      "what it says, a click arrives", start="desktop", limit=300)
def xorg(bench):
    start(bench, "xorg")
    # without a window manager keys go to the window under the pointer
    click(bench, 200, 150)
    before = look_for(bench, has_terminal, "other colours")
    check_typing(bench, before)
    # xterm reports a click to the program in it as ESC [ M and three characters
    type_line(bench, "printf '\\e[?9h'; head -c 6 > /tmp/clicked")
    bench.await_guest("[ -e /tmp/clicked ]")
    click(bench, 6 * 20 + 3, 13 * 10 + 6)
    type_line(bench, "")
    bench.await_guest("[ -s /tmp/clicked ]")
    report = bench.guest("od -An -tx1 /tmp/clicked").split()
    equal(report[:4], ["1b", "5b", "4d", "20"], "the terminal's report of the click")
    bench.guest("killall xterm Xorg; sleep 1")
    bench.finish(FOLDER)
