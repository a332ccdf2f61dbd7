#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""log-in.py GUEST PROMPT.png OUT.png: wait until the guest shows a prompt, log in, and keep a picture.

Make PROMPT.png once with `python3 -m xenav --domain GUEST screenshot`, and cut out what is always the same
with Picture.crop().
"""
import sys

import xenav


def main(guest, prompt, out):
    with xenav.Session() as x:
        screen = x.connector(domain=guest, timeout=60)
        screen.wait_for(xenav.Picture.load(prompt), timeout=120)
        x.input(domain=guest).type('root\nsecret\n')
        before = screen.screenshot()
        screen.wait_for(lambda picture: picture != before)
        screen.screenshot().save(out)


if __name__ == '__main__':
    main(*sys.argv[1:])
