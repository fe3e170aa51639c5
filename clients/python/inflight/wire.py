"""Lines: requests into bytes, bytes into answers, answers to their requests. No sockets here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from .errors import ServerError

DEPTH_MAX = 128  # the daemon reads no line that is nested deeper
_DIGITS_AT_ONCE = 4000  # below the length from which on int() refuses

Waiting = TypeVar("Waiting")


class Garbled(Exception):
    """What came is no answer of an inflightd."""


@dataclass(frozen=True)
class Answer:
    """``request`` is None where the daemon could not read, or would not take, the line."""

    request: int | None
    result: dict[str, Any] | None
    error: ServerError | None


def _depth(text: str) -> int:
    """How deep JSON text is nested."""
    depth = deepest = 0
    inside = escaped = False
    for char in text:
        if inside:
            inside = escaped or char != '"'
            escaped = char == "\\" and not escaped
        elif char == '"':
            inside = True
        elif char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth -= 1
    return deepest


def encode(request: int, method: str, params: Mapping[str, Any]) -> bytes:
    """The line of a request. Raises ValueError or TypeError for what JSON cannot say."""
    whole = {"jsonrpc": "2.0", "id": request, "method": method, "params": params}
    try:
        text = json.dumps(whole, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except RecursionError:
        raise ValueError(f"nested deeper than {DEPTH_MAX} levels") from None
    # Counting is fast, and most requests need no closer look.
    if text.count("[") + text.count("{") > DEPTH_MAX and _depth(text) > DEPTH_MAX:
        raise ValueError(f"nested deeper than {DEPTH_MAX} levels")
    return text.encode() + b"\n"


def _long_int(digits: str) -> int:
    """An integer of any length; int() itself refuses those of more than 4300 digits."""
    if len(digits) <= _DIGITS_AT_ONCE:
        return int(digits)
    if digits.startswith("-"):
        return -_long_int(digits[1:])
    half = len(digits) // 2
    shift: int = 10**half
    return _long_int(digits[:-half]) * shift + _long_int(digits[-half:])


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except ValueError:
        return json.loads(text, parse_int=_long_int)


def decode(line: bytes) -> Answer:
    """Reads an answer; raises Garbled where it is none."""
    try:
        value = _loads(line.decode())
    except (ValueError, RecursionError) as wrong:
        raise Garbled(f"not JSON: {wrong}") from None
    if not isinstance(value, dict) or value.get("jsonrpc") != "2.0":
        raise Garbled("not an answer of JSON-RPC 2.0")
    request, result, error = value.get("id"), value.get("result"), value.get("error")
    if request is not None and type(request) is not int:
        raise Garbled("an answer to a request that was not sent")
    if isinstance(error, dict) and "result" not in value:
        return Answer(request, None, ServerError.from_wire(error))
    if isinstance(result, dict) and "error" not in value:
        return Answer(request, result, None)
    raise Garbled("neither a result nor an error")


class Lines:
    """Cuts what comes from a socket into lines."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._seen = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Takes more bytes; returns the lines that are complete now."""
        self._rest += data
        lines = []
        start = 0
        while (end := self._rest.find(b"\n", max(start, self._seen))) >= 0:
            lines.append(bytes(self._rest[start:end]))
            start = end + 1
        del self._rest[:start]
        self._seen = len(self._rest)
        return lines


class Ledger(Generic[Waiting]):
    """The requests of one connection that have no answer yet, by their ids."""

    def __init__(self) -> None:
        self._waiting: dict[int, tuple[int, Waiting]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, request: int, size: int, waiting: Waiting) -> None:
        self._waiting[request] = (size, waiting)

    def settle(self, answer: Answer) -> Waiting | None:
        """Whose answer it is; None where it concerns the connection as a whole."""
        request = answer.request
        if request is None and answer.error is not None and answer.error.name == "line_too_long":
            # The daemon does not know whose line that was. But when any line is too long,
            # the longest is, and all that are get the same answer.
            sizes = ((size, one) for one, (size, _) in self._waiting.items())
            request = max(sizes, default=(0, None))[1]
        if request is None:
            return None
        found = self._waiting.pop(request, None)
        if found is None:
            raise Garbled("an answer to a request that was not sent")
        return found[1]

    def waiting(self) -> list[Waiting]:
        return [waiting for _, waiting in self._waiting.values()]

    def take_all(self) -> list[Waiting]:
        """Empties the ledger."""
        left = self.waiting()
        self._waiting.clear()
        return left
