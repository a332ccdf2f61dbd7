# SPDX-License-Identifier: MIT
"""A headless Chromium, driven through its DevTools protocol over two pipes."""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium", "chromium-browser", "google-chrome")


class BrowserError(Exception):
    pass


def find():
    """The path of a browser, or None."""
    for name in NAMES:
        path = shutil.which(name)
        if path:
            return path
    return None


class Chromium:
    """One browser with one page.  Use it in a with statement."""

    def __init__(self, *flags):
        self._profile = tempfile.mkdtemp(prefix="xenav-chromium-")
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()

        def place():
            # The browser reads descriptor 3 and writes descriptor 4, which are others of ours here.
            ends = [fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (to_browser, from_browser)]
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        self._process = subprocess.Popen(
            [find(), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--no-first-run", "--disable-background-networking", "--disable-component-update",
             "--disable-extensions", "--remote-debugging-pipe", "--window-size=1400,1000",
             "--user-data-dir=" + self._profile, *flags, "about:blank"],
            preexec_fn=place, pass_fds=(3, 4), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(to_browser)
        os.close(from_browser)
        self._buffer = b""
        self._number = 0
        self._session = None
        self.events = []
        try:
            self._attach()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _attach(self):
        for target in self.call("Target.getTargets")["targetInfos"]:
            if target["type"] == "page":
                break
        else:
            raise BrowserError("the browser has no page")
        session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = session["sessionId"]
        self.call("Page.enable")
        self.call("Runtime.enable")

    def _receive(self, until):
        """One message, or None when the time is over."""
        while b"\0" not in self._buffer:
            rest = until - time.monotonic()
            if rest <= 0 or not select.select([self._in], [], [], rest)[0]:
                return None
            piece = os.read(self._in, 1 << 16)
            if not piece:
                raise BrowserError("the browser has ended")
            self._buffer += piece
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **params):
        """Call a method of the protocol, of the page once there is one."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + 60
        while True:
            answer = self._receive(until)
            if answer is None:
                raise BrowserError("no answer to " + method)
            if answer.get("id") != self._number:
                self.events.append(answer)
            elif "error" in answer:
                raise BrowserError("%s: %s" % (method, answer["error"]["message"]))
            else:
                return answer["result"]

    def before_load(self, script):
        """Run a script in each page before the page's own."""
        self.call("Page.addScriptToEvaluateOnNewDocument", source=script)

    def open(self, url):
        self.call("Page.navigate", url=url)

    def run(self, script):
        """The value of an expression in the page; a promise is waited for."""
        result = self.call("Runtime.evaluate", expression=script, awaitPromise=True,
                           returnByValue=True)
        if "exceptionDetails" in result:
            raise BrowserError("%s: %s" % (script, result["exceptionDetails"]))
        return result["result"].get("value")

    def wait(self, script, timeout_s=60):
        """Wait until an expression is true in the page, and return its value."""
        until = time.monotonic() + timeout_s
        while True:
            value = self.run(script)
            if value:
                return value
            if time.monotonic() > until:
                raise BrowserError("it never became true: %s\n%s" % (script, self.said()))
            time.sleep(0.05)

    def said(self):
        """What the page wrote to its console, and the errors that nobody caught."""
        lines = []
        for event in self.events:
            params = event.get("params", {})
            if event.get("method") == "Runtime.consoleAPICalled":
                lines.append(" ".join(str(a.get("value", a.get("description")))
                                      for a in params["args"]))
            elif event.get("method") == "Runtime.exceptionThrown":
                lines.append(json.dumps(params["exceptionDetails"])[:500])
        return "\n".join(lines)

    def key(self, code, key, down=True, modifiers=0):
        """A key goes down or up: `code` is its place on the keyboard, `key` what it means."""
        self.call("Input.dispatchKeyEvent", type="keyDown" if down else "keyUp", code=code,
                  key=key, modifiers=modifiers, text=key if down and len(key) == 1 else "")

    def mouse(self, kind, x, y, button="none", buttons=0):
        """kind: mousePressed, mouseReleased, mouseMoved."""
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button=button, buttons=buttons,
                  clickCount=1 if kind != "mouseMoved" else 0)

    def canvas(self):
        """Width, height and the RGBA bytes of noVNC's canvas."""
        text = self.run("""(() => {
            const c = document.querySelector("canvas");
            const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
            let s = "";
            for (let i = 0; i < d.length; i += 32768)
                s += String.fromCharCode.apply(null, d.subarray(i, i + 32768));
            return c.width + "," + c.height + "," + btoa(s);
        })()""")
        width, height, data = text.split(",", 2)
        return int(width), int(height), base64.b64decode(data)

    def close(self):
        os.close(self._out)
        os.close(self._in)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, 9)
            self._process.wait()
        shutil.rmtree(self._profile, ignore_errors=True)
