"""A request on its way: its params, whether it was sent, and how it ended."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from . import repeat
from .errors import InflightError, Unavailable, UnknownOutcome, Unreachable
from .wire import Answer, encode


class Request:
    """Lives over as many connections as it takes to have an answer."""

    def __init__(
        self, number: int, method: str, params: Mapping[str, Any], repeatable: bool | None = None
    ) -> None:
        self.id = number
        self.method = method
        self.wait_ms = repeat.wait_of(method, params)
        self.sent = False  # some of its bytes went out on the connection in use
        self.result: dict[str, Any] | None = None
        self.error: InflightError | None = None
        self._params = params
        self._repeatable = repeatable
        if repeatable is None:
            self._repeatable = repeat.is_repeatable(method, params)
        self._ever_sent = False
        self._began = time.monotonic()
        self._again: InflightError | None = None
        self._line = encode(number, method, params)

    def line(self) -> bytes:
        return self._line

    @property
    def settled(self) -> bool:
        return self.result is not None or self.error is not None

    def settle(self, answer: Answer) -> None:
        """Takes the answer, unless that says to try again."""
        self.sent = False
        self._again = None
        if isinstance(answer.error, Unavailable):
            self._again = answer.error
        elif isinstance(answer.error, UnknownOutcome) and self._repeatable:
            self._ever_sent = True
            self._again = answer.error
        else:
            self.result, self.error = answer.result, answer.error

    def lost(self, reason: str) -> None:
        """The connection is gone. What may not be repeated ends here, unless it never went out."""
        if self.sent and not self._repeatable:
            self.error = UnknownOutcome(f"{self.method} may have been executed: {reason}")
            return
        self._ever_sent = self._ever_sent or self.sent
        self.sent = False
        if self.wait_ms and "wait_ms" in self._params:
            # The daemon has waited for some of the time already.
            waited = int((time.monotonic() - self._began) * 1000)
            self._params = {**self._params, "wait_ms": max(0, self.wait_ms - waited)}
            self._line = encode(self.id, self.method, self._params)

    def give_up(self, reason: str) -> None:
        """There is no time left to try again."""
        # That one attempt was not executed says nothing about another one.
        if self._ever_sent and self.method not in repeat.HARMLESS:
            self.error = UnknownOutcome(f"{self.method} may have been executed: {reason}")
        elif self._again is not None:
            self.error = self._again
        else:
            self.error = Unreachable(reason)

    def refused(self, error: InflightError) -> None:
        """The connection as a whole was refused, so nothing was executed."""
        self.sent = False
        self._again = error

    def unwrap(self) -> dict[str, Any]:
        if self.error is not None:
            raise self.error
        if self.result is None:
            raise RuntimeError("the request has no answer yet")
        return self.result
