"""Groups of the blocking client: outcomes that are waited for together."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .errors import GroupExists, InflightError, UnknownOutcome, WaitOver
from .values import GroupResult, OpId, Task, new_id, params_of

if TYPE_CHECKING:
    from .client import Client


class Group:
    """A group of the daemon."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self.name = name

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        return self._client.call(method, {"group": self.name, **params_of(**params)})

    def create(
        self, *, size: int | None = None, auto: bool | None = None, timeout_ms: int | None = None,
        retain_ms: int | None = None, on_complete: Mapping[str, Any] | None = None,
    ) -> None:
        self._call("group.create", size=size, auto=auto, timeout_ms=timeout_ms,
                   retain_ms=retain_ms, on_complete=on_complete)

    def add(self, op: OpId) -> int:
        """Adds an op that is in no queue; returns how many ops are outstanding."""
        return int(self._call("group.add", op=op)["outstanding"])

    def finish(self, op: OpId, result: Any = None, *, error: Any = None) -> int:
        """Gives an op its outcome; returns how many ops are outstanding."""
        return int(self._call("group.finish", op=op, result=result, error=error)["outstanding"])

    def seal(self) -> int:
        """The group takes no more ops; returns how many are outstanding."""
        return int(self._call("group.seal")["outstanding"])

    def wait(self, *, wait_ms: int | None = None) -> GroupResult:
        """Waits for completion, for ``wait_ms`` or as long as it takes; raises WaitOver."""
        end = None if wait_ms is None else time.monotonic() + wait_ms / 1000
        while True:
            wait = self._client.wait_at_once_ms
            if end is not None:
                wait = max(0, min(wait, round((end - time.monotonic()) * 1000)))
            answer = self._call("group.wait", wait_ms=wait)
            if answer["done"]:
                return GroupResult.from_wire(answer)
            if self._client.waits_ended or (end is not None and time.monotonic() >= end):
                raise WaitOver(f"{answer['outstanding']} ops are outstanding")

    def delete(self) -> None:
        self._call("group.delete")


class Scattered(Group):
    """The group of a ``scatter``, and the ids of its ops in the order of the tasks."""

    def __init__(self, client: Client, name: str, ops: Sequence[str]) -> None:
        super().__init__(client, name)
        self.ops = tuple(ops)

    def gather(self, *, wait_ms: int | None = None) -> GroupResult:
        """Waits for all tasks; the outcomes are in their order."""
        return self.wait(wait_ms=wait_ms).in_order_of(self.ops)


def scatter(client: Client, tasks: Sequence[Task], timeout_ms: int | None) -> Scattered:
    """Creates a group, enqueues the tasks into it and seals it."""
    name = new_id()
    group = Scattered(client, name, [f"{name}-{i}" for i in range(len(tasks))])
    try:
        group.create(timeout_ms=timeout_ms)
    except UnknownOutcome:
        # Nobody else has this name: if it is there it is ours.
        with contextlib.suppress(GroupExists):
            group.create(timeout_ms=timeout_ms)
    try:
        with client.pipeline() as pipeline:
            replies = [
                pipeline.call("enqueue", {"queue": task.queue, "key": task.key, "msg": task.msg,
                                          "op": op, "group": name})
                for task, op in zip(tasks, group.ops, strict=True)
            ]
        for reply in replies:
            reply.result()
        group.seal()
    except BaseException:
        _undo(client, group, tasks)
        raise
    return group


def _undo(client: Client, group: Scattered, tasks: Sequence[Task]) -> None:
    """As far as it is possible: what was taken already goes on without the group."""
    with contextlib.suppress(InflightError), client.pipeline() as pipeline:
        for task, op in zip(tasks, group.ops, strict=True):
            pipeline.call("cancel", {"queue": task.queue, "op": op})
    with contextlib.suppress(InflightError):
        group.delete()
