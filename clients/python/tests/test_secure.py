"""Tokens and TLS, where the daemon was built with them."""

import asyncio
import hashlib
import os
import ssl
import subprocess
import tempfile
import threading
import unittest

import inflight
from inflight import AsyncClient, Client, Worker

from .daemon import Daemon, DaemonCase, require_option


class Tokens(unittest.TestCase):
    def setUp(self) -> None:
        require_option("auth_file")
        folder = self.enterContext(tempfile.TemporaryDirectory())
        path = os.path.join(folder, "auth")
        digest = hashlib.sha256(b"secret").hexdigest()
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write(f"[both]\ntoken = sha256:{digest}\nrole = producer, worker, reader\n")
        self.daemon = Daemon("-o", f"auth_file={path}")
        self.addCleanup(self.daemon.stop)

    def test_token(self) -> None:
        with Client(self.daemon.tcp, token="secret") as client:
            client.queue("q").enqueue("k")
            with client.queue("q").take() as taken, taken.heartbeat():
                self.assertEqual(taken.key, "k")
            with self.assertRaises(inflight.Unauthorized):
                client.queue("q").pause()
            self.assertEqual(client.queue("q").stats()["finished"], 1)

    def test_no_token_or_a_wrong_one(self) -> None:
        with Client(self.daemon.tcp) as client:
            with self.assertRaises(inflight.Unauthorized):
                client.queue("q").enqueue("k")
        with Client(self.daemon.tcp, token="wrong") as client:
            with self.assertRaises(inflight.Unauthorized):
                client.queue("q").enqueue("k")

    def test_async(self) -> None:
        asyncio.run(self._async())

    async def _async(self) -> None:
        async with AsyncClient(self.daemon.tcp, token="secret") as client:
            await asyncio.gather(*(client.queue("q").enqueue("k") for _ in range(10)))
            self.assertEqual((await client.stats())["connections"], 1)
        async with AsyncClient(self.daemon.tcp, token="wrong") as client:
            calls = [client.queue("q").enqueue("k") for _ in range(3)]
            for outcome in await asyncio.gather(*calls, return_exceptions=True):
                self.assertIsInstance(outcome, inflight.Unauthorized)


class NobodyIsAsked(DaemonCase):
    def test_any_token_is_accepted(self) -> None:
        with Client(self.daemon.address, token="whatever") as client:
            client.queue("q").enqueue("k")

    def test_async(self) -> None:
        asyncio.run(self._async())

    async def _async(self) -> None:
        async with AsyncClient(self.daemon.address, token="whatever") as client:
            await client.queue("q").enqueue("k")


class Tls(unittest.TestCase):
    def setUp(self) -> None:
        require_option("tls_key")
        folder = self.enterContext(tempfile.TemporaryDirectory())
        certificate, key = os.path.join(folder, "certificate"), os.path.join(folder, "key")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1",
             "-out", certificate, "-keyout", key], check=True, capture_output=True)
        self.daemon = Daemon("-o", f"tls_certificate={certificate}", "-o", f"tls_key={key}",
                             listen="tls:127.0.0.1:0")
        self.addCleanup(self.daemon.stop)
        self.context = ssl.create_default_context(cafile=certificate)

    def test_calls(self) -> None:
        body = "x" * 1_000_000
        with Client(self.daemon.tcp, tls=self.context) as client:
            queue = client.queue("q")
            with client.pipeline() as pipeline:
                replies = [pipeline.call("enqueue", {"queue": "q", "key": 1, "msg": body})
                           for _ in range(4)]
            self.assertEqual(replies[3].result()["width"], 4)
            with queue.take() as taken:
                self.assertEqual(taken.msgs, [body] * 4)
            self.assertEqual(client.stats()["connections"], 1)

    def test_certificate_nobody_signed(self) -> None:
        with Client(self.daemon.tcp, retry_for=0) as client:
            with self.assertRaises(inflight.Unreachable):
                client.ping()

    def test_worker_stops(self) -> None:
        with Client(self.daemon.tcp, tls=self.context) as client:
            worker = Worker(client, "q", lambda taken: taken.key)
            thread = threading.Thread(target=worker.run, kwargs={"signals": False})
            thread.start()
            self.assertEqual(client.queue("q").call("k", wait_ms=60000), "k")
            worker.stop()
            thread.join()

    def test_async(self) -> None:
        asyncio.run(self._async())

    async def _async(self) -> None:
        body = "x" * 1_000_000
        async with AsyncClient(self.daemon.tcp, tls=self.context) as client:
            queue = client.queue("q")
            await asyncio.gather(*(queue.enqueue("k", body) for _ in range(4)))
            async with queue.take() as taken:
                self.assertEqual(taken.msgs, [body] * 4)
            # One for calls, one for what waits.
            self.assertLessEqual((await client.stats())["connections"], 2)
        async with AsyncClient(self.daemon.tcp, retry_for=0) as client:
            with self.assertRaises(inflight.Unreachable):
                await client.ping()
