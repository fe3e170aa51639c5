"""What can go wrong, one exception class for each error of the protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class InflightError(Exception):
    """The root of all exceptions of this package."""


class Unreachable(InflightError, ConnectionError):
    """There is no connection and none could be made in time; nothing was executed."""


class WaitOver(InflightError, TimeoutError):
    """Nothing came within ``wait_ms``. Nothing is lost: waiting again goes on waiting.

    After ``call`` the op stays queued and ``op`` tells its id.
    """

    def __init__(self, message: str, op: str | None = None) -> None:
        super().__init__(message)
        self.op = op


class OpFailed(InflightError):
    """The outcome of an op is an error.

    A worker's handler raises it to finish its set with ``error``; who waits for the op
    gets it raised with the same ``error``, a value of the worker's own or an object with
    ``code`` and ``message`` where the daemon ended the op.
    """

    def __init__(self, error: Any) -> None:
        super().__init__(error)
        self.error = error


class ServerError(InflightError):
    """The daemon answered an error.

    ``code`` is its number, ``name`` its word, ``message`` what happened in words, and
    ``data`` the details.
    """

    code: int = -32000
    name: str = "error"

    _by_name: ClassVar[dict[str, type[ServerError]]] = {}

    def __init__(self, message: str, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.data: dict[str, Any] = dict(data or {})

    def __init_subclass__(cls) -> None:
        if "name" in cls.__dict__:
            ServerError._by_name[cls.name] = cls

    @staticmethod
    def from_wire(error: Mapping[str, Any]) -> ServerError:
        """Makes the exception for the member ``error`` of an answer."""
        data = error.get("data")
        data = data if isinstance(data, dict) else {}
        message = str(error.get("message", ""))
        name = data.get("code")
        known = ServerError._by_name.get(name) if isinstance(name, str) else None
        made = (known or ServerError)(message, data)
        if known is None:
            # A newer daemon may know errors that this package does not.
            made.code = error.get("code", ServerError.code)
            made.name = name if isinstance(name, str) else ServerError.name
        return made


class ParseError(ServerError):
    code, name = -32700, "parse_error"


class InvalidRequest(ServerError):
    code, name = -32600, "invalid_request"


class LineTooLong(InvalidRequest):
    code, name = -32600, "line_too_long"


class BatchTooLarge(InvalidRequest):
    code, name = -32600, "batch_too_large"


class MethodNotFound(ServerError):
    code, name = -32601, "method_not_found"


class InvalidParams(ServerError):
    code, name = -32602, "invalid_params"


class InternalError(ServerError):
    code, name = -32603, "internal"


class Saturated(ServerError):
    """A limit of the queue is reached: produce more slowly and try again later."""


class SaturatedDepth(Saturated):
    code, name = -32001, "saturated_depth"


class SaturatedWidth(Saturated):
    code, name = -32002, "saturated_width"


class QueueClosed(ServerError):
    code, name = -32003, "queue_closed"


class NoSuchQueue(ServerError):
    code, name = -32004, "no_such_queue"


class QueueExists(ServerError):
    code, name = -32005, "queue_exists"


class QueueBusy(ServerError):
    code, name = -32006, "queue_busy"


class LeaseLost(ServerError):
    code, name = -32007, "lease_lost"


class NoSuchOp(ServerError):
    code, name = -32008, "no_such_op"


class OpBusy(ServerError):
    code, name = -32009, "op_busy"


class NoSuchGroup(ServerError):
    code, name = -32011, "no_such_group"


class GroupExists(ServerError):
    code, name = -32012, "group_exists"


class GroupSealed(ServerError):
    code, name = -32013, "group_sealed"


class LimitReached(ServerError):
    """A limit of the whole daemon is reached; ``data["limit"]`` names the option."""

    code, name = -32020, "limit"


class Draining(ServerError):
    code, name = -32021, "draining"


class Unauthorized(ServerError):
    code, name = -32030, "unauthorized"


class Unavailable(ServerError):
    """Not executed; this package has tried again already, for as long as it may."""

    code, name = -32040, "unavailable"


class UnknownOutcome(ServerError):
    """The request may have been executed, or not: its answer was lost.

    It is raised for what cannot be repeated safely. An ``enqueue`` with an op id of the
    caller's own is repeated instead.
    """

    code, name = -32041, "unknown_outcome"


# What a worker meets by trying again later, until it is stopped.
NOT_NOW = (Unreachable, Draining, Unavailable, UnknownOutcome)
