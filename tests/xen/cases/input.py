# SPDX-License-Identifier: MIT
"""Keys, pointer and touch: xt-feed in dom0 feeds, xt-input in the guest prints what Linux reports."""

import struct

from lab.case import case, equal, expect

from .devices import released, settled

# types and codes of linux/input-event-codes.h
EV_KEY, EV_REL, EV_ABS = 1, 2, 3
KEY_A, KEY_LEFTSHIFT, KEY_F24, BTN_LEFT, BTN_TOUCH = 30, 42, 194, 272, 330
ABS_X, ABS_Y, MT_SLOT, MT_X, MT_Y, MT_ID = 0, 1, 47, 53, 54, 57
REL_X, REL_Y, REL_WHEEL = 0, 1, 8
# the guest's connectors, from left to right, and the box of them
SIZES = {"id0": (800, 600), "id1": (640, 480)}
BOX = 1440, 600
END = "tap %d %d" % (KEY_F24, KEY_F24)
CONTACTS = 10


class Report:
    """What xt-input printed."""

    def __init__(self, text):
        self.events = []  # (device, type, code, value, ms)
        self.ranges = {}  # {(device, axis): largest value}
        self.down = []
        self.lost = []
        self.place = None
        for word, *words in map(str.split, text.splitlines()):
            if word in ("k", "p", "t"):
                self.events.append((word, *map(int, words)))
            elif word == "range":
                self.ranges[words[0], int(words[1])] = int(words[3])
            elif word == "at":
                self.place = int(words[0]), int(words[1])
            elif word in ("down", "lost"):
                getattr(self, word).append(" ".join(words))

    def values(self, *what):
        """The values of one device, type and code."""
        return [value for *event, value, _ in self.events if tuple(event) == what]

    def keys(self):
        """{code: its values} of keyboard and pointer, without the key that ends the report."""
        found = {}
        for device, kind, code, value, _ in self.events:
            if kind == EV_KEY and device != "t" and code != KEY_F24:
                found.setdefault(code, []).append(value)
        return found

    def clicks(self):
        """Where the pointer was each time that its left button came down."""
        found, at = [], {ABS_X: 0, ABS_Y: 0}
        for device, kind, code, value, _ in self.events:
            if device == "p" and kind == EV_ABS:
                at[code] = value
            elif (device, kind, code, value) == ("p", EV_KEY, BTN_LEFT, 1):
                found.append((at[ABS_X], at[ABS_Y]))
        return found

    def contacts(self):
        """{slot: the places where it was}. Linux reports a coordinate when it has changed."""
        found, slot, at = {}, 0, {}
        for device, kind, code, value, _ in self.events:
            if (device, kind, code) == ("t", EV_ABS, MT_SLOT):
                slot = value
            elif (device, kind, code) == ("t", EV_ABS, MT_X):
                at[slot] = value, at.get(slot, (0, 0))[1]
                found.setdefault(slot, []).append(at[slot])
            elif (device, kind, code) == ("t", EV_ABS, MT_Y) and slot in found:
                at[slot] = at[slot][0], value
                found[slot][-1] = at[slot]
        return found


class Reader:
    """xt-input, which runs in the guest until the last event comes."""

    def __init__(self, bench, devid=0, end=(EV_KEY, KEY_F24, 0), times=1, seconds=60):
        self.job = bench.machine.guest_start(
            "xt-input -p xenbus/device/vkbd/%d -t %d -e %d:%d:%d -n %d > /tmp/input.txt; rc=$?; "
            "cat /tmp/input.txt; rm /tmp/input.txt; exit $rc" % (devid, seconds, *end, times),
            seconds + 10)
        self.bench = bench
        self.until("started")

    def until(self, line):
        self.bench.await_guest("grep -q '^%s' /tmp/input.txt" % line)

    def report(self):
        return Report(self.job.ok(90))


def feed(bench, *lines, devid=0, seconds=40):
    """Feeds the device with a script of xt-feed."""
    bench.write("feed.txt", "".join(line + "\n" for line in lines).encode())
    bench.dom0("xt-feed -d %d < /share/feed.txt" % devid, seconds)


def attach(bench, *options):
    bench.dom0("xl vkb-attach g1 backend-type=linux backend=Domain-0 %s && %s" % (
        " ".join(options), settled("vkbd", 1)), 50)


def attach_unseen(bench, *options):
    """The driver reads what xl has written, and no 0 is among it, before we can add to that."""
    bench.dom0("kill -STOP $(cat $run/xenavd.pid)\n"
               "xl vkb-attach g1 backend-type=linux backend=Domain-0 %s &\n"
               "await 80 sh -c '. /opt/xt/xt.sh; [ \"$(state vkbd 1 1)\" = \"1 3\" ]'\n"
               "kill -CONT $(cat $run/xenavd.pid)\n"
               "wait $! && %s" % (" ".join(options), settled("vkbd", 1)), 50)


def detach(bench):
    bench.dom0("xl vkb-detach g1 1", 40)
    released(bench, "vkbd-1")


@case("what xl.cfg does not say is there before the guest's driver looks for it at boot: positions "
      "in the box of both screens", newer=True, share="input")
def defaults(bench):
    names = ["feature-abs-pointer", "width", "height"]
    text = bench.dom0("for node in %s; do xenstore-read /local/domain/0/backend/vinput/1/0/$node; "
                      "done; xenstore-read /local/domain/1/device/vkbd/0/request-abs-pointer" %
                      " ".join(names))
    equal(text.split(), ["1", *map(str, BOX), "1"], ", ".join(names) + " and the request")
    equal(Report(bench.guest("xt-input -l")).ranges,
          {("p", ABS_X): BOX[0], ("p", ABS_Y): BOX[1]}, "the pointer's ranges")


@case("every code from 0 to 1023: those that the driver has come down once and up once, no other "
      "does, and the guest lives", newer=True, limit=100, share="input")
def every_key(bench):
    allowed = {*range(1, 240), *range(272, 280), *range(352, 767)} - {KEY_F24}
    reader = Reader(bench)
    feed(bench, "tap 0 193", "tap 195 1023", END, seconds=60)
    report = reader.report()
    found = report.keys()
    missing = sorted(allowed - set(found))
    expect(not missing and not report.lost, "codes that were lost: %s" % missing)
    equal({code: found.get(code) for code in allowed | set(found) if found.get(code) != [1, 0]}, {},
          "codes that did not come down once and up once")
    equal(set(found) - allowed, set(), "codes that should not come")
    equal(report.down, [], "what stays down")


@case("a paused guest is fed 10,000 positions and 100 keys: afterwards it gets every key, knows the "
      "last position, no key stays down, and the next one works", newer=True, limit=150, share="input")
def paused(bench):
    reader = Reader(bench)
    lines = []
    for i in range(10000):
        # positions on different screens are not one for the library
        lines.append("at id%d %d %d 0" % (i % 2, i % 640, i % 480))
        if i % 100 == 50:
            lines.append("tap %d %d" % (1 + i // 100, 1 + i // 100))
    bench.dom0("xl pause g1")
    feed(bench, *lines, "at - 777 333 0", seconds=100)
    bench.dom0("xl unpause g1 && sleep 1")
    feed(bench, END)
    report = reader.report()
    equal((report.place, report.down), ((777, 333), []), "the last position, and what stays down")
    wrong = {code: report.keys().get(code) for code in range(1, 101)
             if report.keys().get(code) != [1, 0]}
    equal((wrong, report.lost), ({}, []), "keys that did not come down once and up once")


@case("a consumer is killed with Shift, a key and a button down: all are released", share="input",
      newer=True)
def killed_consumer(bench):
    reader = Reader(bench)
    bench.write("feed.txt", b"key 42 1\nkey 30 1\nkey 272 1\nflush\ndie\n")
    equal(bench.machine.dom0(". /opt/xt/xt.sh; xt-feed < /share/feed.txt").rc, 137,
          "the feeder's end")
    bench.dom0("sleep 1")
    feed(bench, END)
    report = reader.report()
    for device, code in ("k", KEY_LEFTSHIFT), ("k", KEY_A), ("p", BTN_LEFT):
        # 2 is the guest's own repetition, as long as the key is down
        values = [value for value in report.values(device, EV_KEY, code) if value != 2]
        equal(values, [1, 0], "the values of %d" % code)
    times = [ms for *_, code, _, ms in report.events if code == KEY_LEFTSHIFT]
    # a real machine needs less than 100 ms, see tests/daemon/test-input.c
    expect(times[-1] - times[0] < 5000, "Shift was down for %d ms" % (times[-1] - times[0]))
    equal(report.down, [], "what stays down")


def corners(screen):
    width, height = SIZES[screen]
    return [(0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1),
            (width // 2, height // 2)]


def hit(bench, screens, box, devid=0):
    """Clicks at corners and centre of each screen, which are beside each other in the box."""
    reader = Reader(bench, devid)
    feed(bench, *["at %s %d %d 0\ntap 272 272\nflush" % (screen, *pixel)
                  for screen in screens for pixel in corners(screen)], END, devid=devid)
    report = reader.report()
    wide, high = report.ranges["p", ABS_X], report.ranges["p", ABS_Y]
    got = iter([(x * box[0] / wide, y * box[1] / high) for x, y in report.clicks()])
    left = 0
    for screen in screens:
        for x, y in corners(screen):
            there = next(got, (-9, -9))
            expect(abs(there[0] - left - x) <= 1 and abs(there[1] - y) <= 1,
                   "%d,%d of %s is at %.1f,%.1f of the box, whose range is %d,%d" % (
                       x, y, screen, *there, wide, high))
        left += SIZES[screen][0]


@case("corners and centre are hit within a pixel, on two screens and on one", share="input",
      newer=True)
def places(bench):
    hit(bench, ["id0", "id1"], BOX)
    attach(bench, "feature-abs-pointer=1", "width=1000", "height=1000", "unique-id=P:id1")
    hit(bench, ["id1"], SIZES["id1"], devid=1)
    detach(bench)


@case("a pointer without positions moves by what it is told, and so does its wheel", share="input")
def motion(bench):
    attach_unseen(bench, "feature-abs-pointer=0")
    reader = Reader(bench, devid=1)
    feed(bench, *["move 5 -3 1", "flush"] * 20, END, devid=1)
    report = reader.report()
    equal([sum(report.values("p", EV_REL, code)) for code in (REL_X, REL_Y, REL_WHEEL)],
          [100, -60, -20], "motion and wheel")
    detach(bench)


@case("touch alone: ten contacts come, move and go, and a key that is fed reaches no driver that "
      "would crash", newer=True, share="input")
def touch(bench):
    attach(bench, "feature-disable-keyboard=1", "feature-disable-pointer=1", "unique-id=T:id0",
           "multi-touch-width=1920", "multi-touch-height=1080",
           "multi-touch-num-contacts=%d" % CONTACTS)
    reader = Reader(bench, 1, (EV_ABS, MT_ID, -1), CONTACTS)
    lines = ["tap 1 100", "at - 5 5 0"]
    for dx in 5, 10:
        lines += ["touch %d id0 %d 300" % (i, 50 * i + dx) for i in range(CONTACTS)]
        lines += ["flush", "sleep 20"]
    feed(bench, *lines, *["lift %d" % i for i in range(CONTACTS)], devid=1)
    report = reader.report()
    equal({event[0] for event in report.events}, {"t"}, "the devices that report")
    equal({code for _, kind, code, *_ in report.events if kind == EV_KEY}, {BTN_TOUCH}, "keys")
    equal(report.contacts(), {i: [((50 * i + dx) * 1920 // 800, 300 * 1080 // 600)
                                  for dx in (5, 10)] for i in range(CONTACTS)},
          "places of the contacts")
    equal(len(report.values("t", EV_ABS, MT_ID)), 2 * CONTACTS, "contacts that came and went")
    equal(report.down, [], "what stays down")
    detach(bench)


@case("xl vkb-attach, -list and -detach, ten times: a key arrives each time", share="input",
      limit=200)
def hotplug(bench):
    for turn in range(10):
        attach(bench, "feature-abs-pointer=1", "width=640", "height=480")
        reader = Reader(bench, devid=1)
        feed(bench, "tap 30 30", END, devid=1)
        equal(reader.report().keys(), {KEY_A: [1, 0]}, "keys in turn %d" % turn)
        lines = len(bench.dom0("xl vkb-list g1").splitlines())
        detach(bench)
    # one of them is the heading
    equal((lines, len(bench.dom0("xl vkb-list g1").splitlines())), (3, 2), "lines of xl vkb-list")


# The guest's own part of xenstore, as its kernel would write it: type, number, transaction, length.
XS_WRITE = 11
LOSE = """
write() { printf "$1" > /dev/xen/xenbus; }
echo vkbd-0 > /sys/bus/xen/drivers/vkbd/unbind && sleep 1 && %s"""


def guest_writes(leaf, value):
    text = ("device/vkbd/0/%s\0%s" % (leaf, value)).encode()
    message = struct.pack("<4I", XS_WRITE, 1, 0, len(text)) + text
    return "write '%s'" % "".join("\\%03o" % byte for byte in message)


@case("a keyboard that Linux 7.3 has dropped while its driver published it (a page and a port that are "
      "none, and 3 for ever) is offered anew and works", start="newest", share="input")
def lost(bench):
    bench.guest(LOSE % " && ".join(guest_writes(*node) for node in (
        ("page-gref", 4000), ("event-channel", 900), ("state", 3))))
    bench.dom0("await 300 grep -q 'vinput 1/0: The guest has lost the device' $run/xenavd.log && "
               "await 300 settled 1", 70)
    reader = Reader(bench)
    feed(bench, "tap 30 30", END)
    equal(reader.report().keys(), {KEY_A: [1, 0]}, "keys")


@case("xenavd is killed with -9 while a key is down: the next one releases it, and no state "
      "changes", limit=100)
def killed_daemon(bench):
    reader = Reader(bench)
    bench.write("feed.txt", b"key 30 1\nflush\nsleep 60000\n")
    bench.dom0("setsid xt-feed < /share/feed.txt > $run/feed.log 2>&1 &")
    reader.until("k 1 30 1")
    bench.dom0("stop_xenavd KILL")
    equal(bench.dom0("state vkbd 1").strip(), "4 4", "the states that a killed xenavd leaves")
    bench.dom0("start_xenavd && all_connected g1", 90)
    feed(bench, END)
    report = reader.report()
    equal([value for value in report.values("k", EV_KEY, KEY_A) if value != 2], [1, 0], "A")
    equal(report.down, [], "what stays down")
    log = bench.dom0("sed -n '/serves domain/h;//!H;$!d;x;p' $run/xenavd.log")
    expect("vkbd 1/0: Writing state" not in log, "the new xenavd wrote a state:\n" + log)
    bench.check_guest()


@case("xl save and xl restore: the keyboard works on", limit=130)
def restored(bench):
    bench.dom0("xl vsnd-detach g1 0 && xl vdispl-detach g1 0", 60)
    bench.dom0("xl save g1 /tmp/g1.save > /dev/null 2>&1 && only_dom0 && "
               "xl restore /tmp/g1.save > /dev/null 2>&1 && rm /tmp/g1.save && "
               "await 300 sh -c '. /opt/xt/xt.sh; [ \"$(state vkbd 2)\" = \"4 4\" ]'", 100)
    reader = Reader(bench)
    feed(bench, "tap 30 30", END)
    equal(reader.report().keys(), {KEY_A: [1, 0]}, "keys after the restore")
