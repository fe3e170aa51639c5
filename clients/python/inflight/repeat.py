"""What may be sent again after a lost connection, and when."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from typing import Any

WAIT_MS = 30000  # how long the daemon waits where wait_ms is not given

# Whether one of these was executed makes no difference to who asked. (A dequeue whose answer
# was lost leaves a lease that expires, and its set comes again.)
HARMLESS = frozenset(
    ["ping", "info", "stats", "methods", "rpc.discover", "auth", "dequeue", "queue.stats",
     "queue.list", "queue.peek", "group.list", "group.wait"]
)

# The second time they find done what they were to do: the daemon knows the token or the op,
# or the state is what was asked for.
_REPEATABLE = HARMLESS | frozenset(
    ["finish", "release", "extend", "queue.create", "queue.update", "queue.close",
     "queue.open", "queue.pause", "queue.resume", "group.add", "group.finish", "group.seal"]
)


def is_repeatable(method: str, params: Mapping[str, Any]) -> bool:
    """An enqueue is when its op has an id: the daemon tells a repeat by it."""
    return method in _REPEATABLE or (method == "enqueue" and params.get("op") is not None)


def wait_of(method: str, params: Mapping[str, Any]) -> int:
    """For how long the daemon may let the request wait, in milliseconds."""
    if method in ("dequeue", "group.wait"):
        return int(params.get("wait_ms", WAIT_MS))
    return int(params.get("wait_ms", 0))


class Backoff:
    """How long to pause before the next attempt, until ``budget`` seconds are over.

    Each pause is about twice the one before; where in that time is left to chance, so that
    the clients of a daemon that starts again do not come all at once.
    """

    FIRST = 0.05
    LAST = 5.0

    def __init__(self, budget: float) -> None:
        self._end = time.monotonic() + budget
        self._pause = self.FIRST

    def next(self) -> float | None:
        """Seconds to pause; None when there is no time left."""
        left = self._end - time.monotonic()
        if left <= 0:
            return None
        pause = random.uniform(self._pause / 2, self._pause)
        self._pause = min(2 * self._pause, self.LAST)
        return min(pause, left)
