"""Queues and taken sets of the client for asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Coroutine, Generator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ..errors import InflightError, LeaseLost, OpFailed, WaitOver
from ..taken import TakenBase
from ..values import Enqueued, Key, OpId, Outcome, call_result, params_of

if TYPE_CHECKING:
    from .client import AsyncClient

log = logging.getLogger("inflight")


class AsyncTakenSet(TakenBase):
    """A set that this worker has the lease of.

    As a context manager it is finished with ``result`` when the body ends well, and when
    the body raises it is released, or after an OpFailed finished with its error; the exception
    goes on in any case. A body may also finish or release the set itself.
    """

    def __init__(self, client: AsyncClient, wire: Mapping[str, Any]) -> None:
        super().__init__(wire)
        self._client = client

    async def finish(
        self, result: Any = None, *, error: Any = None,
        results: Mapping[OpId, Outcome] | None = None,
    ) -> int:
        """Ends the lease; returns how many ops have their outcome now.

        ``results`` names single ops. The others get ``error`` or ``result`` if one is given;
        if only ``results`` is, they go back to the queue.
        """
        params = self._finish_params(result, error, results)
        self._end()
        return int((await self._client.call("finish", params))["finished"])

    async def release(self, *, delay_ms: int = 0) -> None:
        """Gives the set back to its queue, ready again after ``delay_ms``."""
        self._end()
        await self._client.call("release", {"set": self.token, "delay_ms": delay_ms})

    async def extend(self, lease_ms: int | None = None) -> int:
        """Starts the lease anew from now; returns its length in milliseconds."""
        answer = await self._client.call("extend", params_of(set=self.token, lease_ms=lease_ms))
        return int(answer["lease_ms"])

    @contextlib.asynccontextmanager
    async def heartbeat(self) -> AsyncIterator[None]:
        """Extends the lease at each third of it, as long as the body runs."""
        task = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _beat(self) -> None:
        while not self.ended:
            await asyncio.sleep(self.lease_ms / 3000)
            try:
                await self.extend(self.lease_ms)
            except LeaseLost:
                if not self.ended:
                    self.lost = True
                    log.warning("%s: key %s: the lease is lost", self.queue, self.key)
                return
            except InflightError as wrong:
                # The lease may still hold when the daemon is back.
                log.warning("%s: key %s: %s", self.queue, self.key, wrong)

    def through(self, client: AsyncClient) -> AsyncTakenSet:
        """Talks about this set over that client's connection from now on."""
        self._client = client
        return self

    async def __aenter__(self) -> AsyncTakenSet:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.ended:
            return
        if value is None:
            await self.finish(self.result)
            return
        # Where the lease is lost the set is not ours any more: the exception matters more.
        with contextlib.suppress(LeaseLost):
            if isinstance(value, OpFailed):
                await self.finish(error=value.error)
            else:
                await self.release()


class Taking:
    """A ``take`` on its way: ``await queue.take()`` and ``async with queue.take() as taken``."""

    def __init__(self, coroutine: Coroutine[Any, Any, AsyncTakenSet]) -> None:
        self._coroutine = coroutine
        self._taken: AsyncTakenSet | None = None

    def __await__(self) -> Generator[Any, None, AsyncTakenSet]:
        return self._coroutine.__await__()

    async def __aenter__(self) -> AsyncTakenSet:
        self._taken = await self._coroutine
        return self._taken

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._taken is not None:
            await self._taken.__aexit__(kind, value, trace)


class AsyncQueue:
    """A queue of the daemon. The names are the protocol's, times are milliseconds."""

    def __init__(self, client: AsyncClient, name: str) -> None:
        self._client = client
        self.name = name

    async def _call(self, method: str, **params: Any) -> dict[str, Any]:
        return await self._client.call(method, {"queue": self.name, **params_of(**params)})

    # ---- operations

    async def enqueue(
        self, key: Key, msg: Any = None, *, op: OpId | None = None, group: str | None = None,
        delay_ms: int | None = None, ttl_ms: int | None = None,
    ) -> Enqueued:
        """Adds an op. With an ``op`` id it is repeated after a lost connection, else it raises
        UnknownOutcome then."""
        return Enqueued.from_wire(
            await self._call("enqueue", key=key, msg=msg, op=op, group=group, delay_ms=delay_ms,
                             ttl_ms=ttl_ms)
        )

    async def call(
        self, key: Key, msg: Any = None, *, wait_ms: int = 30000, op: OpId | None = None,
        ttl_ms: int | None = None,
    ) -> Any:
        """Adds an op and returns its result; all callers of a key share one execution.

        Raises OpFailed where the outcome is an error, and WaitOver.
        """
        answer = await self._call("enqueue", key=key, msg=msg, wait_ms=wait_ms, op=op,
                                  ttl_ms=ttl_ms)
        if not answer["done"]:
            raise WaitOver(f"not done within {wait_ms} ms", answer["op"])
        return call_result(answer)

    def take(
        self, *, wait_ms: int | None = None, lease_ms: int | None = None, key: Key | None = None,
        release_on_close: bool | None = None, also: Sequence[str] = (),
    ) -> Taking:
        """Takes the set that has been ready longest, as a whole: ``await`` it, or use it in
        ``async with``.

        Waits for ``wait_ms``, or as long as it takes, and raises WaitOver. ``also`` names
        queues to look into when this one has nothing ready.
        """
        params = params_of(lease_ms=lease_ms, key=key, release_on_close=release_on_close)
        if also:
            params["queues"] = [self.name, *also]
        else:
            params["queue"] = self.name
        return Taking(self._take(params, wait_ms))

    async def _take(self, params: dict[str, Any], wait_ms: int | None) -> AsyncTakenSet:
        end = None if wait_ms is None else time.monotonic() + wait_ms / 1000
        while True:
            wait = self._client.wait_at_once_ms
            if end is not None:
                wait = max(0, min(wait, round((end - time.monotonic()) * 1000)))
            answer = await self._client.call("dequeue", {**params, "wait_ms": wait})
            if answer["set"] is not None:
                return AsyncTakenSet(self._client, answer)
            if self._client.waits_ended or (end is not None and time.monotonic() >= end):
                raise WaitOver("no set came")

    async def cancel(self, op: OpId) -> None:
        """Removes an op that is not leased."""
        await self._call("cancel", op=op)

    # ---- the queue itself

    async def create(
        self, *, depth: int | None = None, width: int | None = None, window_ms: int | None = None,
        quiet_ms: int | None = None, exclusive: bool | None = None, lease_ms: int | None = None,
        max_attempts: int | None = None,
    ) -> dict[str, Any]:
        """Creates the queue; the answer tells its options and whether it was ``created``."""
        return await self._call("queue.create", depth=depth, width=width, window_ms=window_ms,
                          quiet_ms=quiet_ms, exclusive=exclusive, lease_ms=lease_ms,
                          max_attempts=max_attempts)

    async def update(
        self, *, depth: int | None = None, width: int | None = None, window_ms: int | None = None,
        quiet_ms: int | None = None, exclusive: bool | None = None, lease_ms: int | None = None,
        max_attempts: int | None = None,
    ) -> dict[str, Any]:
        """Changes the options that are given."""
        return await self._call("queue.update", depth=depth, width=width, window_ms=window_ms,
                          quiet_ms=quiet_ms, exclusive=exclusive, lease_ms=lease_ms,
                          max_attempts=max_attempts)

    async def close(self) -> None:
        """Ends the intake."""
        await self._call("queue.close")

    async def open(self) -> None:
        """Undoes ``close``."""
        await self._call("queue.open")

    async def pause(self) -> None:
        """Hands nothing out any more."""
        await self._call("queue.pause")

    async def resume(self) -> None:
        """Undoes ``pause``."""
        await self._call("queue.resume")

    async def delete(self, *, force: bool = False) -> None:
        await self._call("queue.delete", force=force)

    async def purge(self, state: str = "pending") -> dict[str, Any]:
        """Throws sets away; tells how many ``sets`` and ``ops``."""
        return await self._call("queue.purge", state=state)

    async def kick(self, count: int = 1) -> int:
        """Makes dead sets ready again; returns how many."""
        return int((await self._call("queue.kick", count=count))["sets"])

    async def peek(
        self, state: str = "ready", *, key: Key | None = None, count: int = 1
    ) -> list[dict[str, Any]]:
        """Shows sets without taking them."""
        answer = await self._call("queue.peek", state=state, key=key, count=count)
        sets: list[dict[str, Any]] = answer["sets"]
        return sets

    async def stats(self) -> dict[str, Any]:
        return await self._call("queue.stats")
