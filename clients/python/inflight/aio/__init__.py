"""The same for asyncio: many calls at a time share one connection."""

from .client import AsyncClient
from .group import AsyncGroup, AsyncScattered
from .queue import AsyncQueue, AsyncTakenSet
from .worker import AsyncWorker

__all__ = [
    "AsyncClient",
    "AsyncGroup",
    "AsyncQueue",
    "AsyncScattered",
    "AsyncTakenSet",
    "AsyncWorker",
]
