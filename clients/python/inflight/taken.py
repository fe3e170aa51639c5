"""A set that was taken from a queue, as both kinds of clients see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .values import Op, OpId, Outcome, params_of


class TakenBase:
    """What is known about a set, and whether its lease has been ended.

    ``token`` proves the lease, ``fence`` grows with every delivery of the daemon, and
    ``attempt`` counts deliveries, this one included. ``result`` is what all ops get when the
    ``with`` statement ends well. ``lost`` becomes true when a heartbeat finds the lease lost.
    """

    def __init__(self, wire: Mapping[str, Any]) -> None:
        self.token: str = wire["set"]
        self.fence: int = wire["fence"]
        self.queue: str = wire["queue"]
        self.key: str = wire["key"]
        self.attempt: int = wire["attempt"]
        self.lease_ms: int = wire["lease_ms"]
        self.ops: tuple[Op, ...] = tuple(
            Op(one["op"], one["msg"], one.get("group")) for one in wire["ops"]
        )
        self.result: Any = None
        self.lost = False
        # Without a lease there is nothing to end: the set was done on delivery.
        self.ended = self.token == ""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.queue} {self.key!r}: {len(self.ops)} ops>"

    @property
    def msgs(self) -> list[Any]:
        """The messages of the ops, in the order in which they were enqueued."""
        return [op.msg for op in self.ops]

    def _end(self) -> None:
        if self.ended:
            raise RuntimeError("the set has been finished or released already")
        self.ended = True

    def _finish_params(
        self, result: Any, error: Any, results: Mapping[OpId, Outcome] | None
    ) -> dict[str, Any]:
        wire = None
        if results is not None:
            wire = {str(op): outcome.to_wire() for op, outcome in results.items()}
        return params_of(set=self.token, result=result, error=error, results=wire)
