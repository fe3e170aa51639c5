"""A headless Chromium and one page in it, by the DevTools protocol over two pipes.

A message is JSON with a NUL behind it; descriptor 3 is Chromium's input, 4 its output. Whatever the
page says for itself is kept: console messages, violations of its policy, dialogs, requests.
"""

import itertools
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from typing import Any, Callable

PATIENCE = 40.0  # a machine may be busy with other tests

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--metrics-recording-only",
    "--mute-audio",
    "--password-store=basic",
)


class Broken(Exception):
    """The browser has gone, or something did not come true in time."""


class Browser:
    """Begins with a blank page; `close` ends the process and removes its profile."""

    def __init__(self, program: str) -> None:
        self._folder = tempfile.mkdtemp(prefix="inflightd-web-")
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()
        self._process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={self._folder}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(3, 4),
            preexec_fn=lambda: self._place(to_browser, from_browser),
            env={**os.environ, "HOME": self._folder},
        )
        os.close(to_browser)
        os.close(from_browser)
        self._ids = itertools.count(1)
        self._rest = b""
        self._session: str | None = None
        self.complaints: list[str] = []
        self.requests: list[str] = []

    @staticmethod
    def _place(to_browser: int, from_browser: int) -> None:
        """In the child: the pipes go where Chromium looks for them."""
        spare = os.dup(from_browser)
        os.dup2(to_browser, 3)
        os.dup2(spare, 4)

    # ---- messages --------------------------------------------------------------------------

    def _read(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._rest:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._in], [], [], left)[0]:
                raise Broken("the browser has not answered in time")
            data = os.read(self._in, 1 << 16)
            if not data:
                raise Broken("the browser has ended")
            self._rest += data
        text, self._rest = self._rest.split(b"\0", 1)
        message: dict[str, Any] = json.loads(text)
        return message

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command and its result; events that come before it are noted."""
        number = next(self._ids)
        message = {"id": number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._out, data) :]
        deadline = time.monotonic() + PATIENCE
        while (answer := self._read(deadline)).get("id") != number:
            self._note(answer.get("method", ""), answer.get("params", {}))
        if "error" in answer:
            raise Broken(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def _note(self, method: str, params: dict[str, Any]) -> None:
        if method == "Runtime.consoleAPICalled":
            words = [str(arg.get("value", arg.get("description"))) for arg in params["args"]]
            self.complaints.append("console: " + " ".join(words))
        elif method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            thrown = details.get("exception", {}).get("description", details["text"])
            self.complaints.append(f"exception: {thrown}")
        elif method == "Log.entryAdded":
            self.complaints.append(f"log: {params['entry']['text']}")
        elif method == "Audits.issueAdded" and params["issue"]["code"].startswith("Content"):
            self.complaints.append(f"issue: {params['issue']['code']} {params['issue']['details']}")
        elif method == "Page.javascriptDialogOpening":
            self.complaints.append(f"dialog: {params['message']}")
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])

    # ---- the page --------------------------------------------------------------------------

    def attach(self) -> None:
        """Takes hold of the page, and watches all that it may not do."""
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
            self.call(f"{domain}.enable")

    def open(self, address: str) -> None:
        self.call("Page.navigate", url=address)
        self.until("document.readyState === 'complete'")

    def see(self, width: int, height: int = 900, scheme: str = "light") -> None:
        """The size of the window, and which colours its user likes."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def value(self, expression: str) -> Any:
        """What an expression is in the page."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                           awaitPromise=True)
        if "exceptionDetails" in result:
            raise Broken(f"{expression}: {result['exceptionDetails']['exception']['description']}")
        return result["result"].get("value")

    def until(self, expression: str, what: Callable[[Any], bool] = bool) -> Any:
        """Waits until an expression has such a value in the page, and returns that."""
        deadline = time.monotonic() + PATIENCE
        while not what(value := self.value(expression)):
            if time.monotonic() > deadline:
                raise Broken(f"it never came true: {expression} is {value!r}")
            self.value("new Promise(requestAnimationFrame)")
        return value

    def press(self, key: str, **more: Any) -> None:
        """A key goes down and up where the focus is."""
        codes = {"Tab": 9, "Enter": 13, "Escape": 27, "ArrowRight": 39, " ": 32}
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        code = codes.get(key, ord(key.upper()) if len(key) == 1 else 0)
        for kind in ("keyDown" if text else "rawKeyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code,
                      code=key if len(key) > 1 else "",
                      **({"text": text} if kind == "keyDown" else {}), **more)

    def type(self, text: str) -> None:
        self.call("Input.insertText", text=text)

    def picture(self) -> str:
        """A picture of the page, PNG in base64."""
        data: str = self.call(
            "Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
        return data

    # ---- the end ---------------------------------------------------------------------------

    def close(self) -> None:
        self._session = None
        try:
            self.call("Browser.close")
            self._process.wait(PATIENCE)
        except (Broken, OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        os.close(self._in)
        os.close(self._out)
        shutil.rmtree(self._folder, ignore_errors=True)
