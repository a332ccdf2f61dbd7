# SPDX-License-Identifier: MIT
"""Which Linux kernels guests can have, and where their packages are.

guest   6.1, which dom0 has too; the other images are made beside it
newer   6.12, from where this machine's apt has its packages, else from bookworm-backports
newest  the one of trixie-backports, which apt is asked for with a state of its own

Only the first is required. If one of the others is missing, the reason is printed and its cases are
skipped.
"""

import re

from . import apt
from .errors import Skip

OLDEST = "linux-image-amd64"
NEWER = "linux-image-6.12-amd64"
STARTS = ["guest", "newer", "newest"]
SERIES = {"guest": "6.1.", "newer": "6.12."}
# the suites that apt is asked about with a state of their own: {suite: the kernel wanted of it}
BACKPORTS = {"bookworm-backports": "newer", "trixie-backports": "newest"}
WHERE = {"guest": OLDEST, "newer": NEWER + ", or one in bookworm-backports",
         "newest": OLDEST + " of trixie-backports"}

# The packages that hold the kernel and its modules: one of both, in later releases two.
_HOLDS = re.compile(r"^linux-(?:image|binary|modules)-(\d+\.\d+\.\d\S*-amd64)$")
_RELEASE = re.compile(r"^linux-(?:image|binary)-(\d+\.\d+\.\d\S*-amd64)=")


def suffix(start):
    """The end of the file names of that kernel's images."""
    return "" if start == "guest" else "-" + start


def releases(package_list):
    """{start: release} of the kernels in a list of packages."""
    found = {}
    for package in package_list:
        match = _RELEASE.match(package)
        if match:
            start = next((s for s, series in SERIES.items() if match[1].startswith(series)),
                         "newest")
            found[start] = match[1]
    return found


def is_of(package, start):
    """Whether the package is one of that kernel's."""
    match = _HOLDS.match(package.partition("=")[0])
    return bool(match) and match[1].startswith(SERIES[start])


def _kernel(suite):
    """The packages of that suite's newest kernel, as name=version@suite."""
    suite.update()
    found, asked, todo = [], set(), [OLDEST]
    while todo:
        name = todo.pop()
        asked.add(name)
        out = apt.run("show", suite.folder, *suite.options, "--no-all-versions", name,
                      program="apt-cache")
        fields = dict(re.findall(r"^(Version|Depends): (.*)", out, re.M))
        if _HOLDS.match(name):
            found.append("%s=%s@%s" % (name, fields["Version"], suite.name))
        names = re.split(r" *\([^)]*\)|[,| ]+", fields.get("Depends", ""))
        todo += [n for n in names if n and _HOLDS.match(n) and n not in asked]
    return found


def newer_packages(cache, have, say):
    """The packages of the kernels that are not in have, the list of those known already."""
    found = []
    for name, start in BACKPORTS.items():
        if start in releases(have):
            continue
        try:
            found += _kernel(apt.Suite(cache, name))
        except Skip as e:
            say("no kernel of %s: %s" % (name, e))
    return found
