"""Keeps the lease of a set that takes long, from a thread."""

from __future__ import annotations

import logging
import threading
from types import TracebackType
from typing import TYPE_CHECKING

from .errors import InflightError, LeaseLost
from .taken import TakenBase

if TYPE_CHECKING:
    from .client import Client

log = logging.getLogger("inflight")


class Heartbeat:
    """Extends a lease at each third of it, until the ``with`` statement ends.

    The client is the heartbeat's own. It connects only when the first third is over, so
    that short work costs no connection.
    """

    def __init__(self, client: Client, taken: TakenBase) -> None:
        self._client = client
        self._taken = taken
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="inflight-heartbeat", daemon=True)

    def __enter__(self) -> Heartbeat:
        if not self._taken.ended:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.set()
        self._client.end_waits()
        if self._thread.ident is not None:
            self._thread.join()
        self._client.close()

    def _run(self) -> None:
        taken = self._taken
        while not self._end.wait(taken.lease_ms / 3000):
            if taken.ended:
                return
            try:
                params = {"set": taken.token, "lease_ms": taken.lease_ms}
                self._client.call("extend", params)
            except LeaseLost:
                if not taken.ended:
                    taken.lost = True
                    log.warning("%s: key %s: the lease is lost", taken.queue, taken.key)
                return
            except InflightError as wrong:
                # The lease may still hold when the daemon is back.
                if not self._end.is_set():
                    log.warning("%s: key %s: %s", taken.queue, taken.key, wrong)
