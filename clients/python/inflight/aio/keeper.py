"""Keeps one connection: opens it when it is needed, and again when it has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from ..errors import Unreachable
from .link import AsyncLink


class Keeper:
    """``opener`` makes a connection that is ready to be used."""

    def __init__(self, opener: Callable[[], Coroutine[Any, Any, AsyncLink]]) -> None:
        self._opener = opener
        self._link: AsyncLink | None = None
        self._opening: asyncio.Task[AsyncLink] | None = None
        self._ended = False

    async def get(self) -> AsyncLink:
        """Raises what the opener does, and Unreachable after the end."""
        if self._ended:
            raise Unreachable("the client was told to end its waits")
        if self._link is not None and self._link.open_for_sending:
            if not self._link.is_stale():
                return self._link
            await self._link.close()
        # The task is shared by all that need a connection now; none of them may cancel it.
        opening = self._opening
        if opening is None:
            opening = self._opening = asyncio.create_task(self._opener())
            opening.add_done_callback(self._opened)
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            if opening.cancelled():
                raise Unreachable("the client was closed") from None
            raise

    def _opened(self, task: asyncio.Task[AsyncLink]) -> None:
        self._opening = None
        if not task.cancelled() and task.exception() is None:
            self._link = task.result()
            if self._ended:
                self._link.end()

    def end(self) -> None:
        """Ends what waits, for good."""
        self._ended = True
        if self._link is not None:
            self._link.end()

    async def close(self, timeout: float) -> None:
        """Waits that long for the last answers."""
        self.end()
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait([self._opening])
        link, self._link = self._link, None
        if link is not None:
            if link.waiting:
                await asyncio.wait([link.ended], timeout=timeout)
            await link.close()
