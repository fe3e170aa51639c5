"""Groups of the client for asyncio: outcomes that are waited for together."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import GroupExists, InflightError, UnknownOutcome, WaitOver
from ..values import GroupResult, OpId, Task, new_id, params_of

if TYPE_CHECKING:
    from .client import AsyncClient


class AsyncGroup:
    """A group of the daemon."""

    def __init__(self, client: AsyncClient, name: str) -> None:
        self._client = client
        self.name = name

    async def _call(self, method: str, **params: Any) -> dict[str, Any]:
        return await self._client.call(method, {"group": self.name, **params_of(**params)})

    async def create(
        self, *, size: int | None = None, auto: bool | None = None, timeout_ms: int | None = None,
        retain_ms: int | None = None, on_complete: Mapping[str, Any] | None = None,
    ) -> None:
        await self._call("group.create", size=size, auto=auto, timeout_ms=timeout_ms,
                   retain_ms=retain_ms, on_complete=on_complete)

    async def add(self, op: OpId) -> int:
        """Adds an op that is in no queue; returns how many ops are outstanding."""
        return int((await self._call("group.add", op=op))["outstanding"])

    async def finish(self, op: OpId, result: Any = None, *, error: Any = None) -> int:
        """Gives an op its outcome; returns how many ops are outstanding."""
        answer = await self._call("group.finish", op=op, result=result, error=error)
        return int(answer["outstanding"])

    async def seal(self) -> int:
        """The group takes no more ops; returns how many are outstanding."""
        return int((await self._call("group.seal"))["outstanding"])

    async def wait(self, *, wait_ms: int | None = None) -> GroupResult:
        """Waits for completion, for ``wait_ms`` or as long as it takes; raises WaitOver."""
        end = None if wait_ms is None else time.monotonic() + wait_ms / 1000
        while True:
            wait = self._client.wait_at_once_ms
            if end is not None:
                wait = max(0, min(wait, round((end - time.monotonic()) * 1000)))
            answer = await self._call("group.wait", wait_ms=wait)
            if answer["done"]:
                return GroupResult.from_wire(answer)
            if self._client.waits_ended or (end is not None and time.monotonic() >= end):
                raise WaitOver(f"{answer['outstanding']} ops are outstanding")

    async def delete(self) -> None:
        await self._call("group.delete")


class AsyncScattered(AsyncGroup):
    """The group of a ``scatter``, and the ids of its ops in the order of the tasks."""

    def __init__(self, client: AsyncClient, name: str, ops: Sequence[str]) -> None:
        super().__init__(client, name)
        self.ops = tuple(ops)

    async def gather(self, *, wait_ms: int | None = None) -> GroupResult:
        """Waits for all tasks; the outcomes are in their order."""
        return (await self.wait(wait_ms=wait_ms)).in_order_of(self.ops)


async def scatter(
    client: AsyncClient, tasks: Sequence[Task], timeout_ms: int | None
) -> AsyncScattered:
    """Creates a group, enqueues the tasks into it and seals it."""
    name = new_id()
    group = AsyncScattered(client, name, [f"{name}-{i}" for i in range(len(tasks))])
    try:
        await group.create(timeout_ms=timeout_ms)
    except UnknownOutcome:
        # Nobody else has this name: if it is there it is ours.
        with contextlib.suppress(GroupExists):
            await group.create(timeout_ms=timeout_ms)
    try:
        await _all(
            client.call("enqueue", {"queue": task.queue, "key": task.key, "msg": task.msg,
                                    "op": op, "group": name})
            for task, op in zip(tasks, group.ops, strict=True)
        )
        await group.seal()
    except BaseException:
        await _undo(client, group, tasks)
        raise
    return group


async def _all(calls: Iterable[Coroutine[Any, Any, dict[str, Any]]]) -> None:
    """Makes all calls, to the end; then raises the first error."""
    for outcome in await asyncio.gather(*calls, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


async def _undo(client: AsyncClient, group: AsyncScattered, tasks: Sequence[Task]) -> None:
    """As far as it is possible: what was taken already goes on without the group."""
    with contextlib.suppress(InflightError):
        await _all(
            client.call("cancel", {"queue": task.queue, "op": op})
            for task, op in zip(tasks, group.ops, strict=True)
        )
    with contextlib.suppress(InflightError):
        await group.delete()
