# SPDX-License-Identifier: MIT
"""apt, for an empty machine: with the package lists of this one, or with those of a suite that
this one need not know."""

import os
import re
import subprocess
import time

from .errors import Skip

DAY_S = 86400


def run(command, folder, *args, program="apt-get"):
    """Runs apt for an empty machine, so that the closure does not depend on this one; folder has
    the place for what that machine has installed, which is nothing. Raises Skip."""
    status = os.path.join(folder, "apt-status")
    open(status, "a").close()
    options = ["-qq", "-o", "Dir::State::status=" + status, "-o", "APT::Install-Recommends=0",
               "-o", "APT::Sandbox::User=", "-o", "Acquire::Retries=3", "-o", "Debug::NoLocking=1"]
    try:
        done = subprocess.run([program, *options, command, *args], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, env={**os.environ, "LC_ALL": "C"})
    except FileNotFoundError:
        raise Skip("the images are made of Debian packages and there is no apt-get here")
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise Skip("apt-get cannot give us the packages (%s); try apt-get update" % last)
    return done.stdout


class Suite:
    """A suite of Debian's archive that this machine's apt need not know: apt with a state and a
    list of sources of its own, which checks packages by Debian's keys as usual."""

    def __init__(self, cache, name):
        self.name = name
        self.folder = os.path.join(cache, "apt-" + name)
        self.options = ["-o", "Dir::State=" + os.path.join(self.folder, "state"),
                        "-o", "Dir::Cache=" + os.path.join(self.folder, "cache"),
                        "-o", "Dir::Etc::SourceList=" + os.path.join(self.folder, "sources.list"),
                        "-o", "Dir::Etc::SourceParts=-", "-o", "Dir::Etc::Preferences=-",
                        "-o", "Dir::Etc::PreferencesParts=-", "-o", "Acquire::Retries=1",
                        "-o", "Acquire::http::Timeout=20"]

    def _mirror(self):
        """The Debian mirror of this machine."""
        out = run("indextargets", self.folder, "--format", "$(LABEL) $(CODENAME) $(REPO_URI)",
                  "Created-By: Packages")
        found = re.search(r"^Debian [a-z]+ (\S+)$", out, re.M)
        return found[1] if found else "http://deb.debian.org/debian"

    def update(self):
        """Fetches today's lists, or keeps those of an earlier day if the mirror cannot be reached."""
        stamp = os.path.join(self.folder, "updated")
        if os.path.exists(stamp) and time.time() - os.path.getmtime(stamp) < DAY_S:
            return
        for part in "state/lists/partial", "cache/archives/partial":
            os.makedirs(os.path.join(self.folder, part), exist_ok=True)
        with open(os.path.join(self.folder, "sources.list"), "w") as f:
            f.write("deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n" %
                    (self._mirror(), self.name))
        try:
            run("update", self.folder, *self.options, "--error-on=any")
        except Skip:
            if not os.path.exists(stamp):
                raise
        open(stamp, "w").close()
