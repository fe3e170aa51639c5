"""Values that come from the daemon or go there, for both kinds of clients."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from .errors import OpFailed

Key: TypeAlias = str | int
OpId: TypeAlias = str | int


def new_id() -> str:
    """A random id that nobody else has, for an op or a group."""
    return uuid.uuid4().hex


def params_of(**values: Any) -> dict[str, Any]:
    """Those that are given; None stands for "not given"."""
    return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True)
class Op:
    """An operation of a set."""

    id: str
    msg: Any
    group: str | None = None


@dataclass(frozen=True)
class Enqueued:
    """What became of an op: ``new``, it started a set; ``width``, how many ops its set has."""

    op: str
    new: bool
    depth: int
    width: int
    duplicate: bool = False

    @staticmethod
    def from_wire(result: Mapping[str, Any]) -> Enqueued:
        return Enqueued(
            result["op"], result["new"], result["depth"], result["width"],
            bool(result.get("duplicate", False)),
        )


@dataclass(frozen=True)
class Result:
    """The outcome of an op that went well."""

    value: Any = None

    def to_wire(self) -> dict[str, Any]:
        return {"result": self.value}


@dataclass(frozen=True)
class Failure:
    """The outcome of an op that failed."""

    error: Any

    def to_wire(self) -> dict[str, Any]:
        return {"error": self.error}


Outcome: TypeAlias = Result | Failure


class Task(NamedTuple):
    """One piece of work for ``scatter``."""

    queue: str
    key: Key
    msg: Any = None


@dataclass(frozen=True)
class GroupOp:
    """An op of a complete group with its outcome; ``key`` only where it was in a queue."""

    op: str
    outcome: Outcome
    key: str | None = None

    def unwrap(self) -> Any:
        """The result; raises OpFailed where the outcome is an error."""
        if isinstance(self.outcome, Failure):
            raise OpFailed(self.outcome.error)
        return self.outcome.value


@dataclass(frozen=True)
class GroupResult:
    """A complete group: all outcomes, in the order in which the ops were added."""

    group: str
    failed: int
    ops: Sequence[GroupOp]

    @staticmethod
    def from_wire(result: Mapping[str, Any]) -> GroupResult:
        ops = tuple(
            GroupOp(
                one["op"],
                Failure(one["error"]) if "error" in one else Result(one["result"]),
                one.get("key"),
            )
            for one in result["results"]
        )
        return GroupResult(result["group"], result["failed"], ops)

    def in_order_of(self, ops: Sequence[str]) -> GroupResult:
        """The same with its ops in that order."""
        by_id = {one.op: one for one in self.ops}
        return GroupResult(self.group, self.failed, tuple(by_id[op] for op in ops))

    def unwrap(self) -> list[Any]:
        """All results; raises OpFailed with the first error there is."""
        return [one.unwrap() for one in self.ops]


def call_result(result: Mapping[str, Any]) -> Any:
    """The result of an op that was waited for and is done; raises OpFailed for an error."""
    if "error" in result:
        raise OpFailed(result["error"])
    return result.get("result")
