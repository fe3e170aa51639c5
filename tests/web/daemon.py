"""A daemon for a test: the wire to ask it by, the HTTP listener for the browser."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
from typing import Any


class Peer:
    """A connection to the daemon; one request at a time."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(20)
        self._socket.connect(path)
        self._lines = self._socket.makefile("rw", encoding="utf-8")

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The result; whatever the daemon refuses fails the test."""
        self._lines.write(json.dumps(
            {"method": method, "params": params}, ensure_ascii=False) + "\n")
        self._lines.flush()
        answer = json.loads(self._lines.readline())
        if answer["error"] is not None:
            raise AssertionError(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    def stats(self, queue: str) -> dict[str, Any]:
        return self.ask("queue.stats", queue=queue)

    def enqueue(self, queue: str, *keys: Any, **more: Any) -> None:
        for key in keys:
            self.ask("enqueue", queue=queue, key=key, **more)

    def take(self, queue: str, **more: Any) -> str:
        """The token of the set that was taken."""
        token: str = self.ask("dequeue", queue=queue, wait_ms=0, **more)["set"]
        return token

    def close(self) -> None:
        self._lines.close()
        self._socket.close()


class Daemon:
    """In a temporary folder; it listens where there is room, or on the port of an earlier one."""

    def __init__(self, *options: str, auth: str | None = None, port: int = 0) -> None:
        self._folder = tempfile.mkdtemp(prefix="inflightd-web-")
        self.path = os.path.join(self._folder, "sock")
        if auth is not None:
            file = pathlib.Path(self._folder, "auth")
            file.write_text(auth, encoding="utf-8")
            file.chmod(0o600)
            options = (*options, f"auth_file={file}")
        command = [os.environ.get("INFLIGHTD", "./inflightd"), "-l", f"unix:{self.path}"]
        common = (f"http_listen=http:127.0.0.1:{port}", "log_level=error", "drain_timeout_ms=0")
        for option in (*common, *options):
            command += ["-o", option]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.port = self._read_port()

    def _read_port(self) -> int:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("ready http:"):
                return int(line.rsplit(":", 1)[1])
        raise AssertionError("the daemon has not become ready")

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def peer(self) -> Peer:
        return Peer(self.path)

    def end(self) -> None:
        """Asks it to end, which it must do well. Harmless where it was done before."""
        if self._process.returncode is not None:
            return
        self._process.terminate()
        status = self._process.wait(20)
        assert self._process.stdout is not None
        self._process.stdout.close()
        shutil.rmtree(self._folder)
        if status != 0:
            raise AssertionError(f"the daemon ended with {status}")
