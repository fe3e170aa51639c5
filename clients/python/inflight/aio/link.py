"""One connection of an event loop; requests are matched with their answers by their ids."""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
import ssl
from collections.abc import Callable

from ..address import Address
from ..errors import LimitReached, ServerError
from ..wire import Answer, Garbled, Ledger, Lines, decode

_CHUNK = 65536


class Lost(Exception):
    """The connection ended before the answer.

    ``refusal`` is there where the daemon did not take the connection and executed nothing.
    """

    def __init__(self, reason: str, refusal: ServerError | None = None) -> None:
        super().__init__(reason)
        self.refusal = refusal


class AsyncLink:
    """Lives until either side ends the connection. ``orphan`` is given each answer that nobody
    waits for any more."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter,
        orphan: Callable[[Answer], None],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._orphan = orphan
        self._ledger: Ledger[asyncio.Future[Answer]] = Ledger()
        self._heard = False
        self.open_for_sending = True
        self.ended = asyncio.create_task(self._read())

    @staticmethod
    async def connect(
        address: Address, tls: ssl.SSLContext | None, timeout: float,
        orphan: Callable[[Answer], None],
    ) -> AsyncLink:
        """Raises OSError; TimeoutError is one."""
        async with asyncio.timeout(timeout):
            if address.path:
                reader, writer = await asyncio.open_unix_connection(address.path)
                return AsyncLink(reader, writer, orphan)
            context = (tls or ssl.create_default_context()) if address.tls else None
            reader, writer = await asyncio.open_connection(
                address.host, address.port, ssl=context)
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return AsyncLink(reader, writer, orphan)

    def send(self, request: int, line: bytes) -> asyncio.Future[Answer]:
        """Puts a request into the send buffer; the future raises Lost when the link ends."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._ledger.add(request, len(line) - 1, answer)
        self._writer.write(line)
        return answer

    def is_stale(self) -> bool:
        """Whether the daemon has ended the connection while it was idle, and the event loop has
        not been told yet. Of TLS this cannot be seen from here."""
        if self._ledger or isinstance(self._writer.get_extra_info("ssl_object"), ssl.SSLObject):
            return False
        poll = select.poll()
        poll.register(self._writer.get_extra_info("socket"), select.POLLIN)
        return bool(poll.poll(0))

    async def drain(self) -> None:
        """Waits while the daemon does not read."""
        with contextlib.suppress(OSError):  # the reader tells of it
            await self._writer.drain()

    def end(self) -> None:
        """Sends nothing more: what waits is answered as if its wait were over, then the link ends.

        TLS has no half that could be closed here; there the waits are short instead.
        """
        self.open_for_sending = False
        if not self._ledger:
            self._writer.close()
        elif self._writer.can_write_eof() and not self._writer.is_closing():
            with contextlib.suppress(OSError):
                self._writer.write_eof()

    async def close(self) -> None:
        self.open_for_sending = False
        self._writer.close()
        self.ended.cancel()
        await asyncio.wait([self.ended])

    @property
    def waiting(self) -> int:
        """How many requests have no answer yet, those that were abandoned included."""
        return len(self._ledger)

    async def _read(self) -> None:
        """Hands out answers until the connection ends."""
        lost = Lost("the connection was closed")
        lines = Lines()
        try:
            while data := await self._reader.read(_CHUNK):
                for line in lines.feed(data):
                    self._take(line)
                if not (self.open_for_sending or self._ledger):
                    break
            else:
                lost = Lost("the daemon closed the connection")
        except Lost as wrong:
            lost = wrong
        except (OSError, Garbled) as wrong:
            lost = Lost(str(wrong))
        finally:
            self.open_for_sending = False
            self._writer.close()
            for future in self._ledger.take_all():
                if not future.done():
                    future.set_exception(lost)

    def _take(self, line: bytes) -> None:
        answer = decode(line)
        future = self._ledger.settle(answer)
        if future is None:
            refused = isinstance(answer.error, LimitReached) and not self._heard
            raise Lost(f"the daemon refused the connection: {answer.error}",
                       answer.error if refused else None)
        self._heard = True
        if future.done():
            self._orphan(answer)
        else:
            future.set_result(answer)
