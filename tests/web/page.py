"""The page in a real browser: it tells the truth, others' words stay words, it can be used by
keyboard, read in both schemes and on a phone, and it comes back when the daemon does."""

import contextlib
import json
import os
import pathlib
import sys
import threading
import unittest
from typing import Any, Iterator
from urllib.parse import quote

from browser import Browser
from daemon import Daemon, Peer

READER = "reader-0123456789012345678901234567890123456789012345678901234567"
READER_DIGEST = "f125ad7bbfe12d7d1a3fc2d200b242eac83bb27184047153bd27ce7229229e6c"
CONTRAST = pathlib.Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")

# The queues that are shown.
NAMES = "[...document.querySelectorAll('#queues a')].map((a) => a.textContent)"

# Counts the timers that are to come; the page is none the wiser.
WATCH_TIMERS = """
    window.timers = new Set();
    const { setTimeout: set, clearTimeout: clear } = window;
    window.setTimeout = (act, ...more) => {
        const id = set(() => { timers.delete(id); act(); }, ...more);
        timers.add(id);
        return id;
    };
    window.clearTimeout = (id) => { timers.delete(id); clear(id); };
"""


def js(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def row_of(name: str) -> str:
    """The row of a queue or group, as an expression."""
    return (f"[...document.querySelectorAll('tbody tr')]"
            f".find((row) => row.querySelector('th .text').textContent === {js(name)})")


def cell_of(name: str, kind: str) -> str:
    """What a cell of it says, "" where there is none."""
    return f"({row_of(name)}?.querySelector('td.{kind}').innerText ?? '')"


def fact_of(title: str) -> str:
    """What the detail of a queue says under that title."""
    return (f"([...document.querySelectorAll('#queue-view dt')].find((dt) =>"
            f" dt.textContent === {js(title)})?.nextElementSibling.textContent ?? '')")


def number(text: str) -> int:
    """A figure without the spaces in it; -1 where there is none yet."""
    digits = text.replace("\u202f", "")
    return int(digits) if digits.isdigit() else -1


def is_something(text: str) -> bool:
    """Is that figure there, and not nothing?"""
    return text not in ("", "–", "0")


class Page(unittest.TestCase):
    browser: Browser  # of all tests

    def start(self, *options: str, auth: str | None = None) -> Daemon:
        daemon = Daemon(*options, auth=auth)
        self.addCleanup(daemon.end)
        return daemon

    def peer(self, daemon: Daemon) -> Peer:
        peer = daemon.peer()
        self.addCleanup(peer.close)
        return peer

    def open(self, daemon: Daemon, fragment: str = "", state: str = "Live") -> Browser:
        """A page that has not been anywhere, once it says that it is `state`."""
        browser = self.browser
        browser.see(1440)
        browser.open("about:blank")
        browser.complaints.clear()
        browser.requests.clear()
        browser.open(daemon.address + fragment)
        browser.until(f"document.getElementById('state').textContent === {js(state)}")
        return browser

    def look(self) -> None:
        """Lets the page look at the daemon now, and not only when it would."""
        self.browser.value("for (const i of [1, 2]) document.getElementById('pause').click()")

    def go(self, fragment: str) -> None:
        self.browser.value(f"void (location.hash = {js(fragment)})")


class Truth(Page):
    """What is shown is what the daemon says."""

    def test_figures(self) -> None:
        daemon = self.start("depth=500")
        peer = self.peer(daemon)
        peer.ask("queue.create", queue="mail", max_attempts=1)
        peer.enqueue("mail", *range(12))
        peer.ask("release", set=peer.take("mail"))
        peer.take("mail")
        peer.take("mail")
        peer.enqueue("other", 1)
        browser = self.open(daemon, "#queue=mail")
        stats = peer.stats("mail")
        self.assertEqual((stats["depth"], stats["leased"], stats["dead"]), (9, 2, 1))
        self.assertEqual(browser.value(cell_of("mail", "depth")).split(), ["9", "of", "500"])
        for field in ("leased", "dead"):
            self.assertEqual(number(browser.value(cell_of("mail", field))), stats[field], field)
        for title, field in (("enqueued", "enqueued"), ("sets dequeued", "dequeued"),
                             ("released", "released"), ("Ops", "ops"), ("died", "died")):
            self.assertEqual(number(browser.value(fact_of(title))), stats[field], field)
        browser.until("document.querySelectorAll('.sets > li').length === 2")
        leased = peer.ask("queue.peek", queue="mail", state="leased", count=9)["sets"]
        shown = browser.value("[...document.querySelectorAll('.sets > li')].map((li) => "
                              "[li.querySelector('.key-text').textContent,"
                              " li.querySelector('.holder').textContent])")
        self.assertEqual(shown, [[one["key"], f"held by {one['holder']}"] for one in leased])
        browser.value("document.querySelector('input[value=dead]').click()")
        browser.until("document.querySelector('.sets .key-text')?.textContent === '0'")

    def test_under_load(self) -> None:
        daemon = self.start()
        peer = self.peer(daemon)
        browser = self.open(daemon, "#queue=work")
        with self.load(daemon):
            browser.until(cell_of("work", "in"), is_something)
            browser.until(cell_of("work", "out"), is_something)
            low = peer.stats("work")["enqueued"]
            self.look()
            shown = browser.until(fact_of("enqueued"), lambda text: bool(number(text) >= low))
            self.assertLessEqual(number(shown), peer.stats("work")["enqueued"])
            browser.until("document.querySelector('#queue-view path.line.in').getAttribute('d')")
        last = peer.stats("work")
        self.look()
        browser.until(fact_of("enqueued"), lambda text: bool(number(text) == last["enqueued"]))
        self.assertEqual(number(browser.value(fact_of("finished"))), last["finished"])
        self.look()
        browser.until(cell_of("work", "in"), "0".__eq__)

    @contextlib.contextmanager
    def load(self, daemon: Daemon) -> Iterator[None]:
        """Somebody enqueues and finishes, as fast as it goes."""
        over = threading.Event()

        def work() -> None:
            peer = daemon.peer()
            while not over.is_set():
                peer.enqueue("work", 1, 2, 3)
                for _ in range(3):
                    peer.ask("finish", set=peer.take("work"))
            peer.close()

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def test_groups(self) -> None:
        daemon = self.start()
        peer = self.peer(daemon)
        peer.ask("group.create", group="sized", size=8)
        peer.ask("group.create", group="open")
        for op in ("a", "b", "c"):
            peer.ask("group.add", group="sized", op=op)
            peer.ask("group.add", group="open", op=op)
        peer.ask("group.finish", group="sized", op="a", error="no")
        browser = self.open(daemon, "#groups")
        self.assertEqual(browser.until(cell_of("sized", "progress")).split(), ["1", "of", "8"])
        self.assertEqual(browser.value(cell_of("sized", "outstanding")), "2")
        self.assertEqual(browser.value(cell_of("sized", "failed")), "1")
        self.assertEqual(browser.value(cell_of("open", "progress")), "0 of 3 so far")
        peer.ask("group.delete", group="open")
        self.look()
        browser.until(f"{row_of('open')} === undefined")

    def test_thousands(self) -> None:
        """Only a page is drawn, and all are there to be found and sorted."""
        daemon = self.start()
        peer = self.peer(daemon)
        for i in range(2100):
            peer.ask("queue.create", queue=f"q{i:04}")
        peer.enqueue("q1234", 1, 2)
        peer.enqueue("q2000", 1)
        browser = self.open(daemon)
        rows = "document.querySelectorAll('#queues tbody tr').length"
        self.assertEqual(browser.value(rows), 50)
        pager = "document.getElementById('queues-pager').innerText"
        self.assertIn("1–50 of 2\u202f100", browser.value(pager))
        browser.value("document.querySelector('#queues-pager button:last-child').click()")
        self.assertIn("51–100 of", browser.value(pager))
        first = "document.querySelector('#queues tbody a').textContent"
        self.assertEqual(browser.value(first), "q0050")
        browser.value("document.querySelector('#queues thead .depth button').click()")
        self.assertEqual(browser.value(first), "q1234")
        self.assertEqual(browser.value("document.querySelector('[aria-sort]').ariaSort"),
                         "descending")
        browser.value("document.getElementById('filter').focus()")
        browser.type("Q20")
        self.assertEqual((browser.value(rows), browser.value(first)), (50, "q2000"))

    def test_unseen(self) -> None:
        """Nobody looks: the page does not either, until somebody does."""
        browser = self.open(self.start())
        browser.until("timers.size === 1")
        browser.value("Object.defineProperty(document, 'hidden', { get: () => !window.seen });"
                      "document.dispatchEvent(new Event('visibilitychange'))")
        self.assertEqual(browser.value("timers.size"), 0)
        browser.requests.clear()
        browser.value("window.seen = true; document.dispatchEvent(new Event('visibilitychange'))")
        browser.until("timers.size === 1")
        self.assertIn("/api/look/queues", "".join(browser.requests))


class Words(Page):
    """Names and messages are others' words."""

    evil = (
        "<img src=//127.0.0.1:1/x onerror=alert(1)>",
        "</script><script>alert(2)</script>",
        "\"'><svg onload=alert(3)>&lt;b&gt;",
        "javascript:alert(4)//%3Cscript%3E",
        "#queue=x&?\u202egnp.\u2066\U0001f40c",
    )

    def fill(self, peer: Peer) -> None:
        for word in self.evil:
            peer.ask("queue.create", queue=word, max_attempts=1)
            peer.ask("group.create", group=word)
            for key in (word, word + "2", word + "3"):
                peer.enqueue(word, key, op=key, group=word, msg={word: [word, "é" * 300]})
            peer.ask("release", set=peer.take(word))
            peer.take(word)

    def test_stay_text(self) -> None:
        daemon = self.start()
        self.fill(self.peer(daemon))
        browser = self.open(daemon)
        self.assertEqual(sorted(browser.value(NAMES)), sorted(self.evil))
        for word in self.evil:
            browser.value(f"{row_of(word)}.querySelector('a').click()")
            browser.until(f"document.getElementById('queue-title').textContent === {js(word)}")
            for state, key in (("dead", word), ("leased", word + "2"), ("ready", word + "3")):
                self.check_state(state, key, word)
        self.go("#groups")
        for word in self.evil:
            browser.until(f"{row_of(word)} !== undefined")
        # Nothing but what the page was made of is there, and nobody was called.
        strangers = "img, iframe, object, embed, b, base, video, [onerror], [onload]"
        self.assertEqual(browser.value(f"document.querySelectorAll({js(strangers)}).length"), 0)
        self.assertEqual(browser.value("document.scripts.length"), 1)
        self.assertEqual(browser.complaints, [])
        elsewhere = [url for url in browser.requests
                     if not url.startswith((daemon.address, "data:image/svg+xml,"))]
        self.assertEqual(elsewhere, [])

    def check_state(self, state: str, key: str, word: str) -> None:
        browser = self.browser
        browser.value(f"document.querySelector('input[value={state}]').click()")
        browser.until(f"document.querySelector('.sets .key-text')?.textContent === {js(key)}")
        browser.value("document.querySelector('.sets details').open = true")
        message = browser.until("document.querySelector('.ops code').textContent")
        whole = js({word: [word, "é" * 300]})
        shown = message.removesuffix("…")
        self.assertTrue(whole.startswith(shown) and 200 < len(shown.encode()) <= 240, message)
        head = browser.value("document.querySelector('.ops .muted').textContent")
        # What became of a dead op was told to its group, which has done with it.
        group = "" if state == "dead" else f", in group {word}"
        self.assertTrue(head.startswith(f"{key}{group} ("), head)

    def test_address(self) -> None:
        """A name in the address bar is one too."""
        daemon = self.start()
        browser = self.open(daemon, "#queue=" + quote(self.evil[0]))
        browser.until(f"document.getElementById('queue-title').textContent === {js(self.evil[0])}")
        self.go("#queue=%")
        browser.until("document.getElementById('queue-view').hidden")
        self.assertEqual(browser.complaints, [])

    def test_policy_bites(self) -> None:
        """Were something to slip in, it would neither run nor call, and the test would see."""
        browser = self.open(self.start())
        browser.value("""
            document.body.append(Object.assign(document.createElement('script'),
                { textContent: 'window.ran = true' }));
            const box = document.body.appendChild(document.createElement('div'));
            box.innerHTML = '<img src="http://127.0.0.1:1/x" onerror="window.ran = true">';
            new Promise((done) => { document.addEventListener('securitypolicyviolation', done); })
        """)
        self.assertIsNone(browser.value("window.ran"))
        for part in ("script-src", "img-src"):
            self.assertTrue(any(part in text for text in browser.complaints), browser.complaints)
        self.assertTrue(browser.value("fetch('http://127.0.0.1:1/').then(() => false, () => true)"))
        self.assertTrue(any("connect-src" in text for text in browser.complaints))


class Keyboard(Page):
    """All can be reached, and seen where one is, without a mouse."""

    where = """(() => {
        const at = document.activeElement;
        const shown = at.matches("[type=radio]") ? at.nextElementSibling : at;
        const style = getComputedStyle(shown);
        return [at.id || at.name || at.textContent,
            style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2];
    })()"""

    def walk(self, **more: Any) -> list[str]:
        """All that Tab comes to, from the first on; each must show that it has the focus."""
        self.browser.value("document.getElementById('skip').focus()")
        stops: list[str] = ["skip"]
        for _ in range(60):
            self.browser.press("Tab", **more)
            stop, is_visible = self.browser.value(self.where)
            if stop == "skip" or self.browser.value("document.activeElement === document.body"):
                return stops
            self.assertTrue(is_visible, f"{stop}: no sign of the focus")
            stops.append(stop)
        raise AssertionError(f"the focus is caught: {stops}")

    def test_walk(self) -> None:
        daemon = self.start()
        peer = self.peer(daemon)
        peer.enqueue("a", 1)
        peer.enqueue("b", 1)
        peer.take("a")
        browser = self.open(daemon, "#queue=a")
        browser.until("document.querySelectorAll('.sets > li').length === 1")
        stops = self.walk()
        order = ["skip", "to-queues", "to-groups", "pause", "keys", "filter", "Queue", "Depth",
                 "In/s", "Out/s", "Leased", "Dead", "a", "b", "×", "state"]
        self.assertEqual([stop for stop in stops if stop in order], order)
        self.assertEqual(len(stops), len(order) + 1, stops)  # and the set, which opens
        names = browser.call("Accessibility.getFullAXTree")["nodes"]
        acting = ("button", "link", "searchbox", "textbox", "radio", "checkbox",
                  "DisclosureTriangle")
        nameless = [node for node in names if node["role"]["value"] in acting
                    and not node["name"]["value"] and not node["ignored"]]
        self.assertEqual(nameless, [])

    def test_single_keys(self) -> None:
        daemon = self.start()
        peer = self.peer(daemon)
        for queue in ("alpha", "beta", "gamma"):
            peer.enqueue(queue, 1)
        browser = self.open(daemon)
        focus = "document.activeElement.textContent || document.activeElement.id"
        browser.press("j")
        browser.press("j")
        self.assertEqual(browser.value(focus), "beta")
        browser.press("Enter")
        browser.until("document.activeElement.id === 'queue-title'")
        self.assertEqual(browser.value(focus), "beta")
        browser.press("Escape")
        self.assertEqual(browser.value(focus), "beta")
        self.assertTrue(browser.value("document.getElementById('queue-view').hidden"))
        browser.press("/")
        self.assertEqual(browser.value(focus), "filter")
        browser.type("gam")
        self.assertEqual(browser.value("document.querySelectorAll('#queues tbody tr').length"), 1)
        browser.press("j")  # a letter in here
        self.assertEqual(browser.value("document.getElementById('filter').value"), "gamj")
        browser.press("Escape")
        browser.press("g")
        browser.until("!document.getElementById('groups-view').hidden")
        browser.press("p")
        self.assertEqual(browser.value("document.getElementById('pause').ariaPressed"), "true")
        self.assertEqual(browser.value("document.getElementById('state').textContent"), "Paused")

    def test_help(self) -> None:
        browser = self.open(self.start())
        is_open = "document.getElementById('help').open"
        browser.press("?")
        self.assertTrue(browser.value(is_open))
        self.assertTrue(browser.value("document.getElementById('help').matches(':focus-within')"))
        browser.value("document.getElementById('keys-on').click()")
        browser.press("Escape")
        browser.until(f"!{is_open}")
        browser.press("?")
        self.assertFalse(browser.value(is_open))
        browser.value("document.getElementById('keys').focus()")
        browser.press("Enter")
        self.assertTrue(browser.value(is_open))
        browser.press("Escape")
        browser.until(f"!{is_open}")
        self.assertEqual(browser.value("document.activeElement.id"), "keys")


class Looks(Page):
    """In both schemes, and on a phone."""

    def fill(self, daemon: Daemon) -> None:
        peer = self.peer(daemon)
        long = "W" * 200
        for queue in (long, "closed", "full"):
            peer.ask("queue.create", queue=queue, depth=3, max_attempts=1)
            peer.ask("group.create", group=queue)
            peer.enqueue(queue, "K" * 1024, "b", "c", msg="m" * 500, group=queue)
            peer.ask("release", set=peer.take(queue))
            peer.take(queue)
        peer.enqueue("full", "d", "e")
        peer.ask("queue.close", queue="closed")
        peer.ask("queue.pause", queue="closed")

    def views(self, daemon: Daemon) -> Iterator[str]:
        """Each view, shown; its name."""
        browser = self.browser
        self.open(daemon)
        yield "queues"
        for state in ("dead", "leased"):
            self.go("#queue=" + quote("W" * 200))
            browser.until("!document.getElementById('queue-view').hidden")
            browser.value(f"document.querySelector('input[value={state}]').click()")
            browser.until("document.querySelectorAll('.sets > li').length === 1")
            browser.value("document.querySelector('.sets details').open = true")
            yield f"queue, {state}"
        self.go("#groups")
        browser.until("document.querySelectorAll('#groups tbody tr').length === 3")
        yield "groups"
        browser.value("document.getElementById('keys').click()")
        yield "help"
        browser.value("document.getElementById('help').close()")

    def test_contrast(self) -> None:
        daemon = self.start()
        self.fill(daemon)
        for view in self.views(daemon):
            for scheme in ("light", "dark"):
                self.browser.see(1440, scheme=scheme)
                self.check_contrast(f"{view}, {scheme}")

    def check_contrast(self, view: str) -> None:
        worst = self.browser.value(CONTRAST)
        self.assertGreater(worst["count"], 4, view)
        self.assertGreaterEqual(worst["ratio"], 4.5, f"{view}: {worst['text']}")

    def test_narrow(self) -> None:
        daemon = self.start()
        self.fill(daemon)
        for view in self.views(daemon):
            self.browser.see(320, 640)
            wide = self.browser.value(
                "[...document.querySelectorAll('body *')].filter((e) => e.checkVisibility()"
                " && !e.closest('.unseen, .skip, svg') && e.getBoundingClientRect().right > 320.5)"
                ".map((e) => e.tagName + '.' + e.className)")
            self.assertEqual(wide, [], view)
            self.assertEqual(self.browser.value("document.documentElement.scrollWidth"),
                             self.browser.value("document.documentElement.clientWidth"), view)

    def test_widths(self) -> None:
        """However wide the window is, a name has room beside the figures."""
        daemon = self.start()
        self.fill(daemon)
        self.open(daemon)
        for fragment in ("#queues", "#queue=full"):
            self.go(fragment)
            for width in range(320, 1500, 20):
                self.browser.see(width)
                room = self.browser.value(
                    "document.querySelector('#queues th.name').getBoundingClientRect().width")
                self.assertTrue(room >= 120 or room == 0, f"{fragment} at {width}: {room}")
                self.assertTrue(room > 0 or "=" in fragment and width < 1100, f"{width}")

    def test_lost(self) -> None:
        """It says so, can be read, and goes on by itself when the daemon is there again."""
        daemon = self.start()
        self.peer(daemon).enqueue("before", 1)
        browser = self.open(daemon)
        daemon.end()
        browser.until("document.getElementById('state').textContent === 'Lost'")
        self.assertEqual(browser.value("document.getElementById('banner-what').textContent"),
                         "The daemon does not answer.")
        self.assertTrue(browser.value("document.getElementById('banner').checkVisibility()"))
        self.assertIsNotNone(browser.value(f"{row_of('before')} && 'what was seen last'"))
        for scheme in ("light", "dark"):
            browser.see(1440, scheme=scheme)
            self.check_contrast(f"lost, {scheme}")
        again = Daemon(port=daemon.port)
        self.addCleanup(again.end)
        self.peer(again).enqueue("after", 1)
        browser.until("document.getElementById('state').textContent === 'Live'")
        self.assertFalse(browser.value("document.getElementById('banner').checkVisibility()"))
        self.assertTrue(browser.value(f"{row_of('before')} === undefined"))
        self.assertEqual(browser.value(cell_of("after", "depth")).split()[0], "1")


class Token(Page):
    """Where the daemon asks who is there, so does the page."""

    auth = f"[reader]\nrole = reader\nqueues = a*\ngroups = a*\ntoken = sha256:{READER_DIGEST}\n"

    def show(self, token: str) -> None:
        self.browser.until("document.activeElement.id === 'token'")
        self.browser.type(token)
        self.browser.press("Enter")

    def test_prompt(self) -> None:
        daemon = self.start(auth=f"{self.auth}[all]\nrole = admin\nuid = {os.getuid()}\n")
        peer = self.peer(daemon)
        for queue in ("abc", "a-z", "b"):
            peer.enqueue(queue, 1)
        browser = self.open(daemon, state="Wants a token")
        self.assertTrue(browser.value("document.getElementById('token-dialog').open"))
        for scheme in ("light", "dark"):
            browser.see(1440, scheme=scheme)
            worst = browser.value(CONTRAST)
            self.assertGreaterEqual(worst["ratio"], 4.5, worst["text"])
        self.show("wrong")
        browser.until("document.getElementById('token-wrong').textContent !== ''")
        self.show(READER)
        browser.until("document.getElementById('state').textContent === 'Live'")
        self.assertEqual(browser.value(NAMES), ["a-z", "abc"])
        self.go("#queue=b")
        browser.until("document.querySelector('#queue-view .none').textContent !== ''")
        # It is kept nowhere: neither in the page's text nor where pages store things.
        kept = browser.value("document.documentElement.outerHTML + location + document.cookie"
                             " + JSON.stringify([localStorage, sessionStorage])"
                             " + document.getElementById('token').value")
        self.assertNotIn(READER, kept)
        self.assertNotIn(READER, "".join(browser.requests))
        self.assertEqual(browser.value("localStorage.length + sessionStorage.length"), 0)
        browser.call("Page.reload")
        browser.until("document.getElementById('token-dialog')?.open")


def setUpModule() -> None:
    Page.browser = Browser(os.environ.get("CHROMIUM", "chromium"))
    unittest.addModuleCleanup(Page.browser.close)
    Page.browser.attach()
    Page.browser.call("Page.addScriptToEvaluateOnNewDocument", source=WATCH_TIMERS)


def main() -> int:
    result = unittest.main(exit=False, verbosity=2).result
    bad = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - bad} passed, {bad} failed, 0 skipped")
    return 1 if bad or not result.testsRun else 0


if __name__ == "__main__":
    sys.exit(main())
