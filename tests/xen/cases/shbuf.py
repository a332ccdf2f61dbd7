# SPDX-License-Identifier: MIT
"""libxenshbuf without a daemon: its two ends talk to each other within dom0."""

import re

from lab.case import case, equal, expect
from lab.states import INSTALL


@case("libxenshbuf maps, supplies and gives back buffers of up to 2025 pages on both ends",
      start="base", limit=60, share="no guest")
def ends(bench):
    bench.machine.ok(INSTALL)
    out = bench.dom0("xt-shbuf", 50)
    plan = re.search(r"^1\.\.(\d+)$", out, re.M)
    expect(plan, "there is no plan in what xt-shbuf said:\n" + out[-500:])
    equal(len(re.findall(r"^ok ", out, re.M)), int(plan.group(1)), "checks of xt-shbuf that pass")
    expect("not ok" not in out, "xt-shbuf:\n" + out[-2000:])
