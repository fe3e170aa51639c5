"""One blocking connection: sends requests, as many as there are, and takes their answers."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
from collections import deque
from collections.abc import Iterable, Iterator

from .address import Address
from .errors import LimitReached, ServerError
from .request import Request
from .wire import Garbled, Ledger, Lines, decode

_CHUNK = 65536
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Lost(Exception):
    """The connection cannot be used any more.

    ``refusal`` is there where the daemon did not take the connection and executed nothing.
    """

    def __init__(self, reason: str, refusal: ServerError | None = None) -> None:
        super().__init__(reason)
        self.refusal = refusal


class Waker:
    """Ends a wait from another thread or from a signal handler, and stays set."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self.is_set = False

    def fileno(self) -> int:
        return self._reader.fileno()

    def set(self) -> None:
        self.is_set = True
        with contextlib.suppress(OSError):  # closed already
            self._writer.send(b"!")

    def wait(self, seconds: float) -> bool:
        """Whether it was set within that time."""
        poll = select.poll()
        poll.register(self._reader, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def close(self) -> None:
        self._reader.close()
        self._writer.close()


def connect(address: Address, tls: ssl.SSLContext | None, timeout: float) -> socket.socket:
    """Raises OSError."""
    if address.path:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.settimeout(timeout)
            sock.connect(address.path)
        except BaseException:
            sock.close()
            raise
        return sock
    sock = socket.create_connection((address.host, address.port), timeout)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if address.tls:
            context = tls or ssl.create_default_context()
            return context.wrap_socket(sock, server_hostname=address.host)
        return sock
    except BaseException:
        sock.close()
        raise


class Link:
    """A connection that is there. After Lost it is of no more use than to be closed."""

    def __init__(self, sock: socket.socket, timeout: float, waker: Waker) -> None:
        self._sock = sock
        self._sock.setblocking(False)
        self._timeout = timeout
        self._waker = waker
        self._lines = Lines()
        self._ledger: Ledger[Request] = Ledger()
        self._starts: deque[tuple[int, Request]] = deque()  # where in the stream each begins
        self._filled = self._sent = 0
        self._output = bytearray()
        self._heard = False
        self._ended = False  # our half is closed

    def close(self) -> None:
        self._sock.close()

    def is_stale(self) -> bool:
        """Whether the daemon has closed the connection, or spoken unasked, while it was idle."""
        try:
            self._sock.recv(_CHUNK)
        except _NOT_NOW:
            return False
        except OSError:
            pass
        return True

    def exchange(self, requests: Iterable[Request]) -> None:
        """Sends all and settles them as their answers come; raises Lost."""
        unsent = iter(requests)
        while self._fill(unsent) or self._ledger:
            self._send()
            self._receive()
            if self._output or self._ledger:
                self._wait()

    def _fill(self, unsent: Iterator[Request]) -> bool:
        """Whether there is something to send."""
        while len(self._output) < _CHUNK and (request := next(unsent, None)) is not None:
            line = request.line()
            self._ledger.add(request.id, len(line) - 1, request)
            self._starts.append((self._filled, request))
            self._output += line
            self._filled += len(line)
        return bool(self._output)

    def _send(self) -> None:
        if not self._output:
            return
        try:
            # A copy, because TLS wants the same bytes again when it could not write them.
            count = self._sock.send(bytes(self._output))
        except _NOT_NOW:
            return
        except OSError as wrong:
            # What the daemon said before it closed may still be there to be read.
            self._receive()
            raise Lost(str(wrong)) from None
        del self._output[:count]
        self._sent += count
        while self._starts and self._starts[0][0] < self._sent:
            self._starts.popleft()[1].sent = True

    def _receive(self) -> None:
        """Takes what is there."""
        while True:
            try:
                data = self._sock.recv(_CHUNK)
            except _NOT_NOW:
                return
            except OSError as wrong:
                raise Lost(str(wrong)) from None
            if not data:
                raise Lost("the daemon closed the connection")
            for line in self._lines.feed(data):
                self._take(line)
            if not self._ledger:
                return

    def _take(self, line: bytes) -> None:
        try:
            answer = decode(line)
            request = self._ledger.settle(answer)
        except Garbled as wrong:
            raise Lost(str(wrong)) from None
        if request is None:
            refused = isinstance(answer.error, LimitReached) and not self._heard
            raise Lost(f"the daemon refused the connection: {answer.error}",
                       answer.error if refused else None)
        self._heard = True
        request.settle(answer)

    def _wait(self) -> None:
        poll = select.poll()
        poll.register(self._sock, select.POLLIN | (select.POLLOUT if self._output else 0))
        if not self._ended:
            poll.register(self._waker, select.POLLIN)
        longest = max((one.wait_ms for one in self._ledger.waiting()), default=0)
        timeout = self._timeout + longest / 1000
        ready = poll.poll(timeout * 1000)
        if not ready:
            raise Lost(f"no answer within {timeout:g} seconds")
        if self._waker.is_set and not self._ended:
            self._end()

    def _end(self) -> None:
        """Closes our half: what waits is answered as if its wait were over.

        TLS has no half that could be closed here; there the waits are short instead.
        """
        self._ended = True
        if not isinstance(self._sock, ssl.SSLSocket):
            with contextlib.suppress(OSError):
                self._sock.shutdown(socket.SHUT_WR)
