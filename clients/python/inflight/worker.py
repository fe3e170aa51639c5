"""A worker: takes sets and hands them to a function, one at a time."""

from __future__ import annotations

import contextlib
import functools
import logging
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any

from .client import Client
from .errors import NOT_NOW, InflightError, LeaseLost, OpFailed, QueueClosed, WaitOver
from .queue import TakenSet
from .repeat import Backoff

log = logging.getLogger("inflight")

Handler = Callable[[TakenSet], Any]

_FOREVER = float("inf")


class Worker:
    """Runs ``handler(taken)`` for each set of a queue, or of the first of several with one ready.

    What the handler returns is the result of all ops of the set, unless it has finished or
    released the set itself. Where it raises OpFailed they get that error; after any other
    exception the set goes back and is ready again after ``retry_delay_ms``. The lease is
    extended at each third of it while the handler runs.

    A lost connection is made anew until the worker is stopped. The worker's connections are its
    own: the handler may use ``client``, and so may other threads. A worker runs once.
    """

    def __init__(
        self, client: Client, queue: str | Sequence[str], handler: Handler, *,
        lease_ms: int | None = None, retry_delay_ms: int = 1000,
    ) -> None:
        self._queues = [queue] if isinstance(queue, str) else list(queue)
        self._handler = handler
        self._lease_ms = lease_ms
        self._retry_delay_ms = retry_delay_ms
        # Not the client itself, which may be waiting for what this worker does.
        self._client = client.clone()
        # Stopping ends this client's wait and nothing else.
        self._taker = client.clone()
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Lets the worker end when it has finished the set it has; from anywhere."""
        self._stopping.set()
        self._taker.end_waits()

    def run(self, *, signals: bool = True) -> None:
        """Works until ``stop``, SIGTERM or SIGINT, or until the queue is closed and empty.

        ``signals=False`` leaves the signals alone, as it must be outside of the main thread.
        A second signal acts as it would without a worker.
        """
        with self._signals() if signals else contextlib.nullcontext():
            try:
                self._loop()
            finally:
                self._taker.close()
                self._client.close()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        numbers = (signal.SIGTERM, signal.SIGINT)
        before = {number: signal.getsignal(number) for number in numbers}

        def restore() -> None:
            for number, handler in before.items():
                signal.signal(number, handler)

        def stop(number: int, frame: FrameType | None) -> None:
            restore()
            self.stop()

        for number in numbers:
            signal.signal(number, stop)
        try:
            yield
        finally:
            restore()

    def _loop(self) -> None:
        backoff = Backoff(_FOREVER)
        first, *others = self._queues
        queue = self._taker.queue(first)
        while not self._stopping.is_set():
            try:
                taken = queue.take(lease_ms=self._lease_ms, also=others)
            except QueueClosed:
                return
            except WaitOver:
                continue
            except NOT_NOW as wrong:
                if not self._stopping.is_set():
                    log.warning("%s; trying again", wrong)
                self._stopping.wait(backoff.next())
                continue
            backoff = Backoff(_FOREVER)
            self._work(taken.through(self._client))

    def _work(self, taken: TakenSet) -> None:
        try:
            if self._stopping.is_set():
                if not taken.ended:
                    taken.release()
                return
            with taken.heartbeat():
                outcome = self._handle(taken)
            if not taken.ended:
                outcome()
        except LeaseLost:
            log.warning("%s: key %s: the lease was lost", taken.queue, taken.key)
        except InflightError as wrong:
            log.warning("%s: key %s: the daemon was not told the outcome: %s",
                        taken.queue, taken.key, wrong)

    def _handle(self, taken: TakenSet) -> Callable[[], object]:
        """Runs the handler; returns what then is to be said to the daemon."""
        try:
            return functools.partial(taken.finish, self._handler(taken))
        except OpFailed as failed:
            return functools.partial(taken.finish, error=failed.error)
        except Exception:
            log.exception("%s: key %s: the handler failed", taken.queue, taken.key)
            return functools.partial(taken.release, delay_ms=self._retry_delay_ms)
        except BaseException:
            if not taken.ended:
                taken.release()
            raise
