"""What needs no daemon: addresses, lines, errors."""

import os
import re
import unittest
from pathlib import Path
from unittest import mock

import inflight
from inflight import wire
from inflight.address import default_address, parse_address
from inflight.errors import ServerError, Unavailable, UnknownOutcome
from inflight.repeat import Backoff, is_repeatable
from inflight.request import Request


class Addresses(unittest.TestCase):
    def test_forms(self) -> None:
        for text in ("unix:/a b", "tcp:localhost:1", "tcp:[::1]:65535", "tls:host:7777"):
            self.assertEqual(str(parse_address(text)), text)
        self.assertEqual(parse_address("tcp:[::1]:7").host, "::1")

    def test_refused(self) -> None:
        for text in ("", "unix:", "tcp:", "tcp:host", "tcp::7", "tcp:host:0", "tcp:host:65536",
                     "tcp:host:+7", "tcp:host:٣", "tcp:::1:7", "tcp:[::1:7", "tcp:[::1]7",
                     "http:host:80", "unix:/" + "x" * 107):
            with self.subTest(text), self.assertRaises(ValueError):
                parse_address(text)

    def test_default(self) -> None:
        with mock.patch.dict(os.environ, {"INFLIGHT_ADDRESS": "tcp:a:1"}):
            self.assertEqual(default_address(), "tcp:a:1")
        there = {"/run/inflightd/inflightd.sock", "/own/inflightd.sock"}
        with mock.patch.dict(os.environ, {"INFLIGHT_ADDRESS": "", "XDG_RUNTIME_DIR": "/own"}), \
                mock.patch("os.path.exists", lambda path: path in there):
            self.assertEqual(default_address(), "unix:/run/inflightd/inflightd.sock")
            there.remove("/run/inflightd/inflightd.sock")
            self.assertEqual(default_address(), "unix:/own/inflightd.sock")
            there.clear()
            self.assertEqual(default_address(), "unix:/run/inflightd/inflightd.sock")


class Wire(unittest.TestCase):
    def test_encode_refuses(self) -> None:
        deep: list[object] = []
        for _ in range(126):
            deep = [deep]
        with self.assertRaises(ValueError):
            wire.encode(1, "m", {"msg": deep})
        wire.encode(1, "m", {"msg": deep[0]})
        wire.encode(1, "m", {"msg": '["' * 500})
        for msg in (float("nan"), "\ud800", {1, 2}):
            with self.subTest(repr(msg)), self.assertRaises((ValueError, TypeError)):
                wire.encode(1, "m", {"msg": msg})

    def test_decode(self) -> None:
        answer = wire.decode(b'{"jsonrpc":"2.0","id":7,"result":{"a":1}}')
        self.assertEqual((answer.request, answer.result, answer.error), (7, {"a": 1}, None))
        digits = "9" * 30000
        line = f'{{"jsonrpc":"2.0","id":7,"result":{{"a":-{digits}}}}}'
        self.assertEqual(wire.decode(line.encode()).result, {"a": -(10**30000 - 1)})

    def test_garbled(self) -> None:
        for line in (b"", b"{", b"[]", b"\xff", b'{"jsonrpc":"2.0","id":1}', b'{"result":{}}',
                     b'{"jsonrpc":"2.0","id":"1","result":{}}',
                     b'{"jsonrpc":"2.0","id":1,"result":{},"error":{}}',
                     b'{"jsonrpc":"2.0","id":1,"result":7}'):
            with self.subTest(line), self.assertRaises(wire.Garbled):
                wire.decode(line)

    def test_lines(self) -> None:
        lines = wire.Lines()
        self.assertEqual(lines.feed(b"a"), [])
        self.assertEqual(lines.feed(b"b\nc\n\nd"), [b"ab", b"c", b""])
        self.assertEqual(lines.feed(b"\n"), [b"d"])

    def test_too_long_is_the_longest(self) -> None:
        ledger: wire.Ledger[str] = wire.Ledger()
        for number, size in ((1, 10), (2, 30), (3, 20)):
            ledger.add(number, size, str(number))
        too_long = wire.Answer(None, None, inflight.LineTooLong(""))
        self.assertEqual([ledger.settle(too_long) for _ in range(2)], ["2", "3"])
        self.assertEqual(ledger.settle(wire.Answer(1, {}, None)), "1")
        self.assertIsNone(ledger.settle(too_long))
        with self.assertRaises(wire.Garbled):
            ledger.settle(wire.Answer(1, {}, None))


class Errors(unittest.TestCase):
    def test_every_error_of_the_manual_has_its_class(self) -> None:
        manual = (Path(__file__).parents[3] / "man/inflight-protocol.7").read_text()
        rows = re.findall(r"^\.It (-32\d+) Ta Cm (\w+) Ta", manual, re.M)
        self.assertGreater(len(rows), 20)
        for code, name in rows:
            with self.subTest(name):
                made = ServerError.from_wire(
                    {"code": int(code), "message": "m", "data": {"code": name, "queue": "q"}})
                self.assertIsNot(type(made), ServerError)
                self.assertIn(type(made).__name__, inflight.__all__)
                self.assertEqual((made.code, made.name, str(made)), (int(code), name, "m"))
                self.assertEqual(made.data["queue"], "q")

    def test_unknown_error(self) -> None:
        made = ServerError.from_wire({"code": -5, "message": "m", "data": {"code": "new"}})
        self.assertEqual((type(made), made.code, made.name), (ServerError, -5, "new"))

    def test_hierarchy(self) -> None:
        self.assertTrue(issubclass(inflight.SaturatedDepth, inflight.Saturated))
        self.assertTrue(issubclass(inflight.WaitOver, TimeoutError))
        self.assertTrue(issubclass(inflight.Unreachable, ConnectionError))


class Repeating(unittest.TestCase):
    def test_what_is_repeated(self) -> None:
        self.assertTrue(is_repeatable("enqueue", {"op": "1"}))
        self.assertFalse(is_repeatable("enqueue", {}))
        self.assertFalse(is_repeatable("queue.purge", {}))
        self.assertFalse(is_repeatable("not known here", {}))

    def test_what_is_known_when_the_time_is_over(self) -> None:
        request = Request(1, "enqueue", {"op": "1"})
        request.settle(wire.Answer(1, None, Unavailable("not now")))
        request.give_up("no time")
        self.assertIsInstance(request.error, Unavailable)
        # One attempt was lost; that another one was not executed says nothing about it.
        request = Request(1, "enqueue", {"op": "1"})
        request.sent = True
        request.lost("lost")
        request.settle(wire.Answer(1, None, Unavailable("not now")))
        request.give_up("no time")
        self.assertIsInstance(request.error, UnknownOutcome)

    def test_backoff(self) -> None:
        self.assertIsNone(Backoff(0).next())
        backoff = Backoff(1000)
        pauses = [backoff.next() or 0 for _ in range(20)]
        self.assertTrue(0 < pauses[0] <= Backoff.FIRST)
        self.assertTrue(Backoff.LAST / 2 <= pauses[-1] <= Backoff.LAST)
