# SPDX-License-Identifier: MIT
"""Weston and Xorg in a Debian guest: what they draw is seen, and what is typed and clicked arrives."""

import os
from collections import Counter

from lab import keys, png
from lab.case import case, equal, expect

from .input import feed

SIZE = 1024, 768
# rows of pixels where the first two lines of the terminal end
TEXT_END = 110
BTN_LEFT = 272
PICTURE = "display+g1+id0.png"
FOLDER = "/run/xt/rec"
# Copies the picture when it has not changed for two seconds, which lets slow programs finish.
STEADY = """
last= count=0 tries=0
while [ $count -lt 8 ]; do
    tries=$((tries + 1))
    [ $tries -lt 200 ] || { echo "the picture never rests"; exit 1; }
    now=$(md5sum %s/%s)
    if [ "$now" = "$last" ]; then count=$((count + 1)); else count=0; fi
    last=$now
    usleep 250000
done
cp %s/%s /share/%s
"""


def look(bench, name):
    """The rows of the picture when it rests."""
    bench.dom0(STEADY % (FOLDER, PICTURE, FOLDER, PICTURE, name + ".png"), 80)
    picture = png.Png(os.path.join(bench.machine.share, name + ".png"))
    equal((picture.width, picture.height), SIZE, "the size of the picture")
    return list(picture.rows())


def colours(rows):
    """{colour: its part} of every fourth pixel of every fourth row."""
    found = Counter(row[i:i + 3] for row in rows[::4] for i in range(0, len(row), 12))
    return {colour: count / found.total() for colour, count in found.items()}


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


def click(bench, x, y):
    feed(bench, "at id0 %d %d 0" % (x, y), "flush", "sleep 300", "tap %d %d" % (BTN_LEFT, BTN_LEFT),
         "flush", "sleep 300")


def start(bench, server):
    bench.dom0("record %s --no-sound --frames newest" % FOLDER)
    bench.guest(". desktop.sh && desktop_up && %s_up || { tail -n 20 /tmp/*.log; exit 1; }" % server,
                150)
    bench.dom0("await 300 test -s %s/%s" % (FOLDER, PICTURE), 40)


def check_typing(bench, before):
    """Types a line into the terminal, whose first lines it changes."""
    type_line(bench, "touch /tmp/typed")
    bench.guest("n=0; until [ -e /tmp/typed ]; do n=$((n+1)); [ $n -lt 100 ] || exit 1; "
                "usleep 100000; done")
    after = look(bench, "typed")
    # a terminal may hide the pointer meanwhile, which is farther down
    box = changed(before[:TEXT_END], after[:TEXT_END])
    expect(box and box[2] - box[0] > 60, "the box that changed: %s" % (box,))


@case("weston (DRM, pixman) with a terminal: the picture is seen, a typed line changes it and does "
      "what it says, a click starts a program", start="desktop", limit=240)
def weston(bench):
    start(bench, "weston")
    before = look(bench, "before")
    expect(len(colours(before)) > 50, "only %d colours are seen" % len(colours(before)))
    check_typing(bench, before)
    click(bench, 16, 16)
    bench.guest("n=0; until [ -e /tmp/launched ]; do n=$((n+1)); [ $n -lt 100 ] || exit 1; "
                "usleep 100000; done")
    bench.guest("killall weston-terminal weston; sleep 1; grep -i 'assert\\|fail' /tmp/weston.log; "
                "true")
    bench.finish(FOLDER)


@case("Xorg (modesetting) with a terminal: the picture is seen, a typed line changes it and does "
      "what it says, a click arrives", start="desktop", limit=240)
def xorg(bench):
    start(bench, "xorg")
    # without a window manager keys go to the window under the pointer
    click(bench, 200, 150)
    before = look(bench, "before")
    # the terminal is white and fills a fifth of the screen, the root window is black
    white, black = (colours(before).get(bytes([value] * 3), 0) for value in (255, 0))
    expect(0.17 < white < 0.21 and black > 0.7, "%.2f is white, %.2f black" % (white, black))
    check_typing(bench, before)
    # xterm reports a click to the program in it as ESC [ M and three characters
    type_line(bench, "printf '\\e[?9h'; head -c 6 > /tmp/clicked")
    bench.dom0("sleep 2")
    click(bench, 6 * 20 + 3, 13 * 10 + 6)
    type_line(bench, "")
    report = bench.guest("n=0; until [ -s /tmp/clicked ]; do n=$((n+1)); [ $n -lt 100 ] || exit 1; "
                         "usleep 100000; done; od -An -tx1 /tmp/clicked").split()
    equal(report[:4], ["1b", "5b", "4d", "20"], "the terminal's report of the click")
    bench.guest("killall xterm Xorg; sleep 1")
    bench.finish(FOLDER)
