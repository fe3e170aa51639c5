"""A daemon for a test, in a temporary folder, and a proxy that loses answers."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import threading
import unittest
from collections.abc import Iterator

from inflight import Client


PROGRAM = os.environ.get("INFLIGHTD", "./inflightd")


def require_option(option: str) -> None:
    """Skips a test of what the daemon can be built without."""
    wrong = subprocess.run([PROGRAM, "-t", "-o", f"{option}="], capture_output=True, text=True)
    if f'no option "{option}"' in wrong.stderr:
        raise unittest.SkipTest(f"this daemon has no option {option}")


class Daemon:
    """``$INFLIGHTD``, else ./inflightd, because the tests run in the build folder."""

    def __init__(self, *options: str, listen: str = "tcp:127.0.0.1:0") -> None:
        self._listen = listen
        self.folder = tempfile.TemporaryDirectory(prefix="inflight-")
        self.path = f"{self.folder.name}/sock"
        self.address = f"unix:{self.path}"
        self._options = options
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [PROGRAM, "-l", self.address, "-l", self._listen, "-o", "log_level=error",
             "-o", "drain_timeout_ms=0", *self._options],
            stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        lines = [self._process.stdout.readline() for _ in range(2)]
        if lines[0] != f"ready {self.address}\n" or not lines[1].startswith("ready t"):
            raise AssertionError(f"the daemon did not start: {lines}")
        self.tcp = lines[1].split()[1]  # or tls

    def _wait(self) -> int:
        assert self._process.stdout is not None
        self._process.stdout.close()
        return self._process.wait()

    def kill(self) -> None:
        """As a crash would end it."""
        self._process.kill()
        self._wait()

    def terminate(self) -> None:
        """Begins the drain."""
        self._process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        status = self._wait()
        self.folder.cleanup()
        if status != 0:
            raise AssertionError(f"the daemon ended with status {status}")


class Proxy:
    """Stands between a client and the daemon. While ``losing`` it passes requests on, and where
    their answer should be passed on it closes the connection instead."""

    def __init__(self, daemon: Daemon) -> None:
        self._target = daemon.path
        self.path = f"{daemon.folder.name}/proxy"
        self.address = f"unix:{self.path}"
        self.losing = 0
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                daemon = socket.socket(socket.AF_UNIX)
                daemon.connect(self._target)
                for work in (self._up, self._down):
                    thread = threading.Thread(target=work, args=(client, daemon))
                    self._threads.append(thread)
                    thread.start()

    @staticmethod
    def _up(client: socket.socket, daemon: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                daemon.sendall(data)
            daemon.shutdown(socket.SHUT_WR)

    def _down(self, client: socket.socket, daemon: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := daemon.recv(65536):
                if self.losing > 0:
                    self.losing -= 1
                    break
                client.sendall(data)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
        client.close()
        daemon.close()

    def close(self) -> None:
        """All clients must be closed before."""
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()


class DaemonCase(unittest.TestCase):
    """Each test has a daemon, which must end well."""

    options: tuple[str, ...] = ()

    def setUp(self) -> None:
        self.daemon = Daemon(*self.options)
        self.addCleanup(self.daemon.stop)


class ClientCase(DaemonCase):
    """Begins with a client and its queue ``q``, which is not there yet."""

    def setUp(self) -> None:
        super().setUp()
        self.client = self.connect()
        self.queue = self.client.queue("q")

    def connect(self, **options: float) -> Client:
        client = Client(self.daemon.address, **options)  # type: ignore[arg-type]
        self.addCleanup(client.close)
        return client

    @contextlib.contextmanager
    def proxy(self, **options: float) -> Iterator[tuple[Proxy, Client]]:
        proxy = Proxy(self.daemon)
        client = Client(proxy.address, **options)  # type: ignore[arg-type]
        try:
            client.ping()
            yield proxy, client
        finally:
            client.close()
            proxy.close()


class AsyncDaemonCase(unittest.IsolatedAsyncioTestCase):
    """The same with an event loop."""

    options: tuple[str, ...] = ()

    def setUp(self) -> None:
        self.daemon = Daemon(*self.options)
        self.addCleanup(self.daemon.stop)
