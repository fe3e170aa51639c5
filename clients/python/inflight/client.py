"""The blocking client."""

from __future__ import annotations

import contextlib
import itertools
import ssl
import threading
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any

from . import repeat
from .address import default_address, parse_address
from .errors import MethodNotFound, Unreachable
from .group import Group, Scattered, scatter
from .link import Link, Lost, Waker, connect
from .queue import Queue
from .request import Request
from .values import Task


class Reply:
    """The answer to a request of a pipeline; there when the pipeline has run."""

    def __init__(self, request: Request) -> None:
        self._request = request

    def result(self) -> dict[str, Any]:
        """The result; raises the error of this one request."""
        return self._request.unwrap()


class Pipeline:
    """Requests that are sent together, without waiting for each other's answers."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._requests: list[Request] = []

    def call(
        self, method: str, params: Mapping[str, Any] | None = None, *,
        repeatable: bool | None = None,
    ) -> Reply:
        """Adds a request; nothing is sent before ``run``."""
        request = self._client.request(method, params, repeatable)
        self._requests.append(request)
        return Reply(request)

    def run(self) -> None:
        """Sends all and waits for all answers. Errors are told by the replies."""
        requests, self._requests = self._requests, []
        self._client.perform(requests)


class Client:
    """A connection to inflightd, made when it is first needed and again when it is lost.

    ``address`` is ``unix:PATH``, ``tcp:HOST:PORT`` or ``tls:HOST:PORT``; without it
    ``$INFLIGHT_ADDRESS`` or the default socket is used. ``token`` is for daemons that want
    to know who calls. ``tls`` replaces ``ssl.create_default_context()``.

    ``retry_for`` tells for how many seconds a lost connection is made anew, and what can be
    repeated is, before a call fails; 0 is once. ``timeout`` is how many seconds an answer
    may take, beyond ``wait_ms`` of its request, before the connection counts as lost.

    Threads may share a client; their calls wait for each other.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        token: str | None = None,
        tls: ssl.SSLContext | None = None,
        retry_for: float = 30.0,
        timeout: float = 30.0,
    ) -> None:
        self._address = parse_address(default_address() if address is None else address)
        self._token = token
        self._tls = tls
        self._retry_for = retry_for
        self._timeout = timeout
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)
        self._waker = Waker()
        self._link: Link | None = None

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def clone(self) -> Client:
        """Another client with the same settings, and a connection of its own."""
        return Client(
            str(self._address), token=self._token, tls=self._tls,
            retry_for=self._retry_for, timeout=self._timeout,
        )

    def close(self) -> None:
        """Closes the connection. Leases go on until they are ended or expire."""
        with self._lock:
            self._drop()
            self._waker.close()

    def end_waits(self) -> None:
        """Ends for good what waits, from a signal handler or another thread.

        A call that waits comes back as if its wait were over, with what it has if there is
        something; after that the client can only be closed.
        """
        self._waker.set()

    @property
    def address(self) -> str:
        return str(self._address)

    @property
    def waits_ended(self) -> bool:
        """Whether end_waits() was called."""
        return self._waker.is_set

    @property
    def wait_at_once_ms(self) -> int:
        """How long one request should wait at most, so that end_waits() is heeded soon."""
        return 2000 if self._address.tls else repeat.WAIT_MS

    # ---- calls

    def call(
        self, method: str, params: Mapping[str, Any] | None = None, *,
        repeatable: bool | None = None,
    ) -> dict[str, Any]:
        """Any method of the protocol, by its own names.

        ``repeatable`` tells whether it may be sent again after a lost connection, where that
        is not known here or to be decided otherwise.
        """
        request = self.request(method, params, repeatable)
        self.perform([request])
        return request.unwrap()

    @contextlib.contextmanager
    def pipeline(self) -> Iterator[Pipeline]:
        """Collects requests and sends them together at the end of the ``with`` statement."""
        pipeline = Pipeline(self)
        yield pipeline
        pipeline.run()

    def request(
        self, method: str, params: Mapping[str, Any] | None, repeatable: bool | None = None
    ) -> Request:
        return Request(next(self._numbers), method, params or {}, repeatable)

    def perform(self, requests: Iterable[Request]) -> None:
        """Settles all requests, with as many connections as that takes."""
        with self._lock:
            left = list(requests)
            backoff = repeat.Backoff(self._retry_for)
            while left:
                reason = self._attempt(left)
                left = [request for request in left if not request.settled]
                if not left:
                    return
                pause = backoff.next()
                if pause is None or self._waker.wait(pause):
                    for request in left:
                        request.give_up(reason)
                    return

    def _attempt(self, requests: list[Request]) -> str:
        """Sends what is left. Tells the reason where that was not everything."""
        try:
            self._connected().exchange(requests)
            return "the daemon is not available"
        except BaseException as wrong:
            self._drop()
            if not isinstance(wrong, (Lost, OSError)):
                raise
            refusal = wrong.refusal if isinstance(wrong, Lost) else None
            for request in requests:
                if request.settled:
                    continue
                if refusal is not None:
                    request.refused(refusal)
                else:
                    request.lost(str(wrong))
            return str(wrong)

    def _connected(self) -> Link:
        if self._waker.is_set:
            raise Unreachable("the client was told to end its waits")
        if self._link is not None and self._link.is_stale():
            self._drop()
        if self._link is None:
            sock = connect(self._address, self._tls, self._timeout)
            link = Link(sock, self._timeout, self._waker)
            try:
                if self._token is not None:
                    auth = self.request("auth", {"token": self._token})
                    link.exchange([auth])
                    # A daemon that knows no auth asks nobody who they are.
                    if not isinstance(auth.error, MethodNotFound):
                        auth.unwrap()
            except BaseException:
                link.close()
                raise
            self._link = link
        return self._link

    def _drop(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None

    # ---- what the daemon tells about itself

    def ping(self) -> None:
        self.call("ping")

    def info(self) -> dict[str, Any]:
        return self.call("info")

    def stats(self) -> dict[str, Any]:
        return self.call("stats")

    def queues(self, prefix: str = "") -> Iterator[str]:
        """The names of all queues that begin with ``prefix``."""
        return self._names("queue.list", "queues", prefix)

    def groups(self, prefix: str = "") -> Iterator[str]:
        """The names of all groups that begin with ``prefix``."""
        return self._names("group.list", "groups", prefix)

    def _names(self, method: str, member: str, prefix: str) -> Iterator[str]:
        after = ""
        while names := self.call(method, {"prefix": prefix, "after": after})[member]:
            yield from names
            after = names[-1]

    # ---- queues and groups

    def queue(self, name: str) -> Queue:
        """A queue by its name; nothing is sent."""
        return Queue(self, name)

    def group(self, name: str) -> Group:
        """A group by its name; nothing is sent."""
        return Group(self, name)

    def scatter(
        self, tasks: Iterable[Task | tuple[str, str | int, Any]], *, timeout_ms: int | None = None
    ) -> Scattered:
        """Enqueues all tasks in one new group; ``gather`` of what it returns waits for them.

        Where one is refused, those before it are cancelled as far as they are not taken yet,
        and the error is raised.
        """
        return scatter(self, [Task(*task) for task in tasks], timeout_ms)


