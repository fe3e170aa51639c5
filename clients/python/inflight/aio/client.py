"""The client for asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from types import TracebackType
from typing import Any

from .. import repeat
from ..address import default_address, parse_address
from ..errors import InflightError, MethodNotFound, Unreachable
from ..request import Request
from ..values import Task
from ..wire import Answer, encode
from .group import AsyncGroup, AsyncScattered, scatter
from .keeper import Keeper
from .link import AsyncLink, Lost
from .queue import AsyncQueue

_LAST_ANSWERS = 5.0  # seconds to wait for them when the client is closed


class AsyncClient:
    """A connection to inflightd, made when it is first needed and again when it is lost.

    Its arguments are those of Client. Any number of tasks may call at the same time: their
    requests are sent at once and share the connection.

    A call that is cancelled may still be executed. A ``take`` that is cancelled loses
    nothing: its wait is ended, and a set that comes for it nevertheless is released.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        token: str | None = None,
        tls: ssl.SSLContext | None = None,
        retry_for: float = 30.0,
        timeout: float = 30.0,
    ) -> None:
        self._address = parse_address(default_address() if address is None else address)
        self._token = token
        self._tls = tls
        self._retry_for = retry_for
        self._timeout = timeout
        self._numbers = itertools.count(1)
        self._calls = Keeper(self._open)
        # What waits for sets has a connection of its own. To cancel one of them its sending half
        # is closed: the daemon ends all the waits, and the others ask again on the next one.
        self._takes = Keeper(self._open)
        self._releases: set[asyncio.Task[None]] = set()
        self._unwanted: list[str] = []  # tokens of sets that came when nothing could be sent
        self.waits_ended = False

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def clone(self) -> AsyncClient:
        """Another client with the same settings, and a connection of its own."""
        return AsyncClient(
            str(self._address), token=self._token, tls=self._tls,
            retry_for=self._retry_for, timeout=self._timeout,
        )

    async def close(self) -> None:
        """Closes the connection. Leases go on until they are ended or expire."""
        self.end_waits()
        await self._takes.close(_LAST_ANSWERS)
        await self._calls.close(_LAST_ANSWERS)
        if self._releases:
            await asyncio.wait(self._releases)
        if self._unwanted:
            await self._release_unwanted()

    async def _release_unwanted(self) -> None:
        """Over one more connection, because the others are closed already."""
        with contextlib.suppress(OSError, Lost):
            link = await self._open()
            try:
                for token in self._unwanted:
                    await self._ask(link, "release", {"set": token})
            finally:
                await link.close()
        self._unwanted.clear()

    def end_waits(self) -> None:
        """Ends for good what waits: a call that does comes back as if its wait were over, with
        what it has if there is something. After that the client can only be closed."""
        self.waits_ended = True
        self._takes.end()
        self._calls.end()

    @property
    def address(self) -> str:
        return str(self._address)

    @property
    def wait_at_once_ms(self) -> int:
        """How long one request should wait at most, so that end_waits() is heeded soon."""
        return 2000 if self._address.tls else repeat.WAIT_MS

    # ---- calls

    async def call(
        self, method: str, params: Mapping[str, Any] | None = None, *,
        repeatable: bool | None = None,
    ) -> dict[str, Any]:
        """Any method of the protocol, by its own names.

        ``repeatable`` tells whether it may be sent again after a lost connection, where that
        is not known here or to be decided otherwise.
        """
        request = Request(next(self._numbers), method, params or {}, repeatable)
        backoff = repeat.Backoff(self._retry_for)
        while not request.settled:
            reason = await self._attempt(request)
            if request.settled:
                break
            pause = None if self.waits_ended else backoff.next()
            if pause is None:
                request.give_up(reason)
            else:
                await asyncio.sleep(pause)
        return request.unwrap()

    async def _attempt(self, request: Request) -> str:
        """One sending of a request. Tells the reason where there is no answer."""
        try:
            takes = request.method == "dequeue" and request.wait_ms > 0
            link = await (self._takes if takes else self._calls).get()
            future = link.send(request.id, request.line())
            request.sent = True
            answer = await self._answer(link, future, request.wait_ms, takes)
        except Lost as lost:
            if lost.refusal is not None:
                request.refused(lost.refusal)
            else:
                request.lost(str(lost))
            return str(lost)
        except OSError as wrong:
            request.lost(str(wrong))
            return str(wrong)
        request.settle(answer)
        return "the daemon is not available"

    async def _answer(
        self, link: AsyncLink, future: asyncio.Future[Answer], wait_ms: int, takes: bool = False
    ) -> Answer:
        try:
            async with asyncio.timeout(self._timeout + wait_ms / 1000):
                await link.drain()
                return await future
        except asyncio.CancelledError:
            # It may have come in the very turn in which its task was cancelled.
            if future.done() and not future.cancelled() and future.exception() is None:
                self._orphan(future.result())
            future.cancel()
            if takes:
                link.end()
            raise
        except TimeoutError:
            await link.close()
            raise Lost("no answer in time") from None

    def _orphan(self, answer: Answer) -> None:
        """Gives back a set that nobody waits for any more."""
        token = (answer.result or {}).get("set")
        if isinstance(token, str) and token != "":
            task = asyncio.create_task(self._release(token))
            self._releases.add(task)
            task.add_done_callback(self._releases.discard)

    async def _release(self, token: str) -> None:
        try:
            await self.call("release", {"set": token})
        except Unreachable:
            self._unwanted.append(token)
        except InflightError:
            pass  # its lease is over

    async def _open(self) -> AsyncLink:
        link = await AsyncLink.connect(self._address, self._tls, self._timeout, self._orphan)
        if self._token is not None:
            try:
                # A daemon that knows no auth asks nobody who they are.
                with contextlib.suppress(MethodNotFound):
                    await self._ask(link, "auth", {"token": self._token})
            except BaseException:
                await link.close()
                raise
        return link

    async def _ask(self, link: AsyncLink, method: str, params: Mapping[str, Any]) -> None:
        number = next(self._numbers)
        answer = await self._answer(link, link.send(number, encode(number, method, params)), 0)
        if answer.error is not None:
            raise answer.error

    # ---- what the daemon tells about itself

    async def ping(self) -> None:
        await self.call("ping")

    async def info(self) -> dict[str, Any]:
        return await self.call("info")

    async def stats(self) -> dict[str, Any]:
        return await self.call("stats")

    def queues(self, prefix: str = "") -> AsyncIterator[str]:
        """The names of all queues that begin with ``prefix``."""
        return self._names("queue.list", "queues", prefix)

    def groups(self, prefix: str = "") -> AsyncIterator[str]:
        """The names of all groups that begin with ``prefix``."""
        return self._names("group.list", "groups", prefix)

    async def _names(self, method: str, member: str, prefix: str) -> AsyncIterator[str]:
        after = ""
        while names := (await self.call(method, {"prefix": prefix, "after": after}))[member]:
            for name in names:
                yield name
            after = names[-1]

    # ---- queues and groups

    def queue(self, name: str) -> AsyncQueue:
        """A queue by its name; nothing is sent."""
        return AsyncQueue(self, name)

    def group(self, name: str) -> AsyncGroup:
        """A group by its name; nothing is sent."""
        return AsyncGroup(self, name)

    async def scatter(
        self, tasks: Iterable[Task | tuple[str, str | int, Any]], *, timeout_ms: int | None = None
    ) -> AsyncScattered:
        """Enqueues all tasks in one new group; ``gather`` of what it returns waits for them.

        Where one is refused, those before it are cancelled as far as they are not taken yet,
        and the error is raised.
        """
        return await scatter(self, [Task(*task) for task in tasks], timeout_ms)
