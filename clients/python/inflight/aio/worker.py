"""A worker for asyncio: takes sets and hands them to a coroutine function, several at a time."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import signal
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

from ..errors import NOT_NOW, InflightError, LeaseLost, OpFailed, QueueClosed, WaitOver
from ..repeat import Backoff
from .client import AsyncClient
from .queue import AsyncTakenSet

log = logging.getLogger("inflight")

AsyncHandler = Callable[[AsyncTakenSet], Awaitable[Any]]

_FOREVER = float("inf")


class AsyncWorker:
    """Runs ``await handler(taken)`` for each set of a queue, up to ``concurrency`` at a time.

    What the handler returns or raises ends the set as it does for Worker, and the lease is
    extended while it runs. A worker runs once.
    """

    def __init__(
        self, client: AsyncClient, queue: str | Sequence[str], handler: AsyncHandler, *,
        concurrency: int = 1, lease_ms: int | None = None, retry_delay_ms: int = 1000,
    ) -> None:
        self._queues = [queue] if isinstance(queue, str) else list(queue)
        self._handler = handler
        self._concurrency = concurrency
        self._lease_ms = lease_ms
        self._retry_delay_ms = retry_delay_ms
        self._client = client
        # Stopping ends this client's waits and nothing else.
        self._taker = client.clone()
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Lets the worker end when it has finished the sets it has."""
        self._stopping.set()
        self._taker.end_waits()

    async def run(self, *, signals: bool = True) -> None:
        """Works until ``stop``, SIGTERM or SIGINT, or until the queue is closed and empty.

        ``signals=False`` leaves the signals alone. When the task that runs this is cancelled,
        so are the handlers, and their sets are released.
        """
        with self._signals() if signals else contextlib.nullcontext():
            try:
                async with asyncio.TaskGroup() as tasks:
                    for _ in range(self._concurrency):
                        tasks.create_task(self._loop())
            finally:
                await self._taker.close()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        numbers = (signal.SIGTERM, signal.SIGINT)

        def restore() -> None:
            for number in numbers:
                loop.remove_signal_handler(number)

        def stop() -> None:
            restore()
            self.stop()

        for number in numbers:
            loop.add_signal_handler(number, stop)
        try:
            yield
        finally:
            restore()

    async def _loop(self) -> None:
        backoff = Backoff(_FOREVER)
        first, *others = self._queues
        queue = self._taker.queue(first)
        while not self._stopping.is_set():
            try:
                taken = await queue.take(lease_ms=self._lease_ms, also=others)
            except QueueClosed:
                return
            except WaitOver:
                continue
            except NOT_NOW as wrong:
                if not self._stopping.is_set():
                    log.warning("%s; trying again", wrong)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), backoff.next())
                continue
            backoff = Backoff(_FOREVER)
            await self._work(taken.through(self._client))

    async def _work(self, taken: AsyncTakenSet) -> None:
        try:
            if self._stopping.is_set():
                if not taken.ended:
                    await taken.release()
                return
            async with taken.heartbeat():
                outcome = await self._handle(taken)
            if not taken.ended:
                await outcome()
        except LeaseLost:
            log.warning("%s: key %s: the lease was lost", taken.queue, taken.key)
        except InflightError as wrong:
            log.warning("%s: key %s: the daemon was not told the outcome: %s",
                        taken.queue, taken.key, wrong)

    async def _handle(self, taken: AsyncTakenSet) -> Callable[[], Awaitable[object]]:
        """Runs the handler; returns what then is to be said to the daemon."""
        try:
            return functools.partial(taken.finish, await self._handler(taken))
        except OpFailed as failed:
            return functools.partial(taken.finish, error=failed.error)
        except Exception:
            log.exception("%s: key %s: the handler failed", taken.queue, taken.key)
            return functools.partial(taken.release, delay_ms=self._retry_delay_ms)
        except BaseException:
            if not taken.ended:
                await taken.release()
            raise
