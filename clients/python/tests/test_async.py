"""The client for asyncio and a daemon."""

import asyncio
import os
import signal
from contextlib import asynccontextmanager
from collections.abc import AsyncIterator
from typing import Any

import inflight
from inflight import AsyncClient, AsyncTakenSet, AsyncWorker, Failure, Result
from inflight.aio.worker import AsyncHandler

from .daemon import AsyncDaemonCase, Proxy


class AsyncCase(AsyncDaemonCase):
    async def asyncSetUp(self) -> None:
        self.client = self.connect()
        self.queue = self.client.queue("q")

    def connect(self, address: str | None = None, **options: float) -> AsyncClient:
        client = AsyncClient(address or self.daemon.address, **options)  # type: ignore[arg-type]
        self.addAsyncCleanup(client.close)
        return client

    @asynccontextmanager
    async def proxy(self, **options: float) -> AsyncIterator[tuple[Proxy, AsyncClient]]:
        proxy = Proxy(self.daemon)
        client = AsyncClient(proxy.address, **options)  # type: ignore[arg-type]
        try:
            await client.ping()
            yield proxy, client
        finally:
            await client.close()
            await asyncio.to_thread(proxy.close)

    async def until_waiting(self, count: int = 1) -> None:
        while (await self.client.stats())["waiters"] != count:
            pass


class Queues(AsyncCase):
    async def test_coalescing(self) -> None:
        await asyncio.gather(self.queue.enqueue(1, "a"), self.queue.enqueue(1, "b"))
        async with self.queue.take() as taken:
            self.assertEqual(sorted(taken.msgs), ["a", "b"])
        self.assertEqual((await self.queue.stats())["finished"], 2)

    async def test_calls_share_one_execution(self) -> None:
        calls = [asyncio.create_task(self.queue.call("k", i, wait_ms=60000)) for i in range(50)]
        await asyncio.sleep(0)
        await self.client.ping()
        taken = await self.queue.take()
        await taken.finish(len(taken.ops))
        self.assertEqual(await asyncio.gather(*calls), [50] * 50)

    async def test_many_calls_on_one_connection(self) -> None:
        answers = await asyncio.gather(*(self.queue.enqueue(i, i) for i in range(1000)))
        self.assertEqual([answer.depth for answer in answers], list(range(1, 1001)))
        self.assertEqual((await self.client.stats())["connections"], 1)

    async def test_answers_overtake_a_wait(self) -> None:
        waiting = asyncio.create_task(self.queue.call("k", wait_ms=60000))
        await self.until_waiting(0)
        async with self.queue.take() as taken:
            taken.result = "late"
        self.assertEqual(await waiting, "late")

    async def test_exception_releases(self) -> None:
        await self.queue.enqueue("k")
        with self.assertRaises(ZeroDivisionError):
            async with self.queue.take():
                raise ZeroDivisionError
        self.assertEqual((await self.queue.take(wait_ms=0)).attempt, 2)

    async def test_lease_expires(self) -> None:
        await self.queue.enqueue("k")
        taken = await self.queue.take(lease_ms=1)
        again = await self.queue.take()
        with self.assertRaises(inflight.LeaseLost):
            await taken.finish()
        await again.finish(results={op.id: Failure("no") for op in again.ops})

    async def test_wait_over(self) -> None:
        with self.assertRaises(inflight.WaitOver):
            await self.queue.take(wait_ms=1)
        with self.assertRaises(inflight.WaitOver):
            await self.queue.call("k", wait_ms=1)

    async def test_large_bodies(self) -> None:
        body = "ü" * (512 * 1024 - 100)
        await asyncio.gather(*(self.queue.enqueue("k", body) for _ in range(4)))
        self.assertEqual((await self.queue.take()).msgs, [body] * 4)
        with self.assertRaises(inflight.LineTooLong):
            await self.queue.enqueue("k", body + body)

    async def test_tcp(self) -> None:
        async with AsyncClient(self.daemon.tcp) as client:
            self.assertEqual((await client.info())["name"], "inflightd")

    async def test_administration(self) -> None:
        await self.queue.create(exclusive=True, max_attempts=1)
        await self.queue.enqueue("k", op="1")
        self.assertEqual((await self.queue.peek())[0]["key"], "k")
        await (await self.queue.take()).release()
        self.assertEqual(await self.queue.kick(), 1)
        await self.queue.cancel("1")
        self.assertEqual((await self.queue.purge())["sets"], 0)
        self.assertEqual([name async for name in self.client.queues()], ["q"])
        await self.queue.delete()

    async def test_scatter_gather(self) -> None:
        scattered = await self.client.scatter([("sums", i, [i, i]) for i in range(9)])
        for _ in range(9):
            taken = await self.client.queue("sums").take()
            await taken.finish(results={op.id: Result(sum(op.msg)) for op in taken.ops})
        self.assertEqual((await scattered.gather()).unwrap(), [2 * i for i in range(9)])

    async def test_scatter_that_is_refused_leaves_nothing(self) -> None:
        await self.queue.create(depth=2)
        with self.assertRaises(inflight.SaturatedDepth):
            await self.client.scatter([("q", i, None) for i in range(4)])
        self.assertEqual((await self.queue.stats())["depth"], 0)
        self.assertEqual([name async for name in self.client.groups()], [])


class Cancelling(AsyncCase):
    async def cancelled(self, task: asyncio.Task[Any]) -> None:
        task.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await task

    async def test_cancelled_take_loses_nothing(self) -> None:
        takes = [asyncio.create_task(self._take()) for _ in range(3)]
        await self.until_waiting(3)
        for task in takes:
            await self.cancelled(task)
        await self.until_waiting(0)
        for i in range(10):
            await self.queue.enqueue(i)
        taken = [await self.queue.take() for i in range(10)]
        self.assertEqual([one.key for one in taken], [str(i) for i in range(10)])
        self.assertEqual({one.attempt for one in taken}, {1})

    async def test_other_takes_wait_on(self) -> None:
        gone, stays = [asyncio.create_task(self._take()) for _ in range(2)]
        await self.until_waiting(2)
        await self.cancelled(gone)
        await self.until_waiting(1)
        await self.queue.enqueue("k")
        self.assertEqual((await stays).attempt, 1)

    async def test_many_that_time_out(self) -> None:
        await self.queue.create(max_attempts=2)
        for _ in range(30):
            with self.assertRaises(TimeoutError):
                await asyncio.wait_for(self._take(), 0.001)
        await self.until_waiting(0)
        await self.queue.enqueue("k")
        self.assertEqual((await self.queue.take()).attempt, 1)

    async def test_cancelled_in_the_turn_of_its_answer(self) -> None:
        other = self.connect()
        for i in range(50):
            await other.queue("q").enqueue("k")
            task = asyncio.ensure_future(self._take())
            # Each time a little later, so that every moment is met.
            for _ in range(i):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled():
                await task.result().finish()
            else:
                async with other.queue("q").take():
                    pass

    async def _take(self, client: AsyncClient | None = None) -> AsyncTakenSet:
        return await (client or self.client).queue("q").take()

    async def test_close_ends_a_wait_without_an_attempt(self) -> None:
        other = self.connect()
        task = asyncio.create_task(self._take(other))
        await self.until_waiting()
        await self.cancelled(task)
        await other.close()
        await self.queue.enqueue("k")
        self.assertEqual((await self.queue.take()).attempt, 1)

    async def test_others_go_on(self) -> None:
        task = asyncio.create_task(self.queue.call("k", wait_ms=60000))
        call = asyncio.create_task(self.queue.call("k", wait_ms=60000))
        while not (await self.client.stats())["enqueued"] == 2:
            pass
        await self.cancelled(task)
        async with self.queue.take() as taken:
            self.assertEqual(len(taken.ops), 2)
            taken.result = 5
        self.assertEqual(await call, 5)


class LostConnections(AsyncCase):
    async def test_enqueue(self) -> None:
        async with self.proxy() as (proxy, client):
            proxy.losing = 1
            self.assertTrue((await client.queue("q").enqueue("k", op="1")).duplicate)
            proxy.losing = 1
            with self.assertRaises(inflight.UnknownOutcome):
                await client.queue("q").enqueue("k")
        self.assertEqual((await self.queue.stats())["enqueued"], 2)

    async def test_finish_is_repeated(self) -> None:
        await self.queue.enqueue("k")
        async with self.proxy() as (proxy, client):
            taken = await client.queue("q").take()
            proxy.losing = 2
            self.assertEqual(await taken.finish(7), 1)

    async def test_budget_is_over(self) -> None:
        async with self.proxy(retry_for=0) as (proxy, client):
            proxy.losing = 2
            with self.assertRaises(inflight.Unreachable):
                await client.ping()
            with self.assertRaises(inflight.UnknownOutcome):
                await client.queue("q").enqueue("k", op="1")
        nobody = self.connect(self.daemon.address + ".no", retry_for=0)
        with self.assertRaises(inflight.Unreachable):
            await nobody.ping()

    async def test_take_waits_over_a_restart(self) -> None:
        task = asyncio.ensure_future(self.queue.take())
        await self.until_waiting()
        self.daemon.kill()
        self.daemon.start()
        await self.connect().queue("q").enqueue("k", "after")
        self.assertEqual((await task).msgs, ["after"])


class Workers(AsyncCase):
    @asynccontextmanager
    async def worker(self, handler: AsyncHandler, **options: Any) -> AsyncIterator[AsyncWorker]:
        worker = AsyncWorker(self.connect(), "q", handler, **options)
        task = asyncio.create_task(worker.run(signals=False))
        try:
            yield worker
        finally:
            worker.stop()
            await task

    async def test_concurrency(self) -> None:
        together = asyncio.Barrier(3)

        async def handler(taken: AsyncTakenSet) -> str:
            await together.wait()
            return taken.key

        async with self.worker(handler, concurrency=3):
            keys = await asyncio.gather(*(self.queue.call(i, wait_ms=60000) for i in range(6)))
        self.assertEqual(keys, [str(i) for i in range(6)])

    async def test_failures(self) -> None:
        async def handler(taken: AsyncTakenSet) -> None:
            if taken.attempt == 1:
                raise ZeroDivisionError
            raise inflight.OpFailed("twice")

        with self.assertLogs("inflight", "ERROR"):
            async with self.worker(handler, retry_delay_ms=0):
                with self.assertRaises(inflight.OpFailed):
                    await self.queue.call("k", wait_ms=60000)

    async def test_heartbeat(self) -> None:
        async def handler(taken: AsyncTakenSet) -> list[object]:
            answer = await self.client.call("dequeue", {"queue": "q", "wait_ms": 3200})
            return [answer["set"]]

        async with self.worker(handler, lease_ms=1500):
            self.assertEqual(await self.queue.call("k", wait_ms=60000), [None])

    async def test_cancelled_worker_releases(self) -> None:
        running = asyncio.Event()

        async def handler(taken: AsyncTakenSet) -> None:
            running.set()
            await asyncio.Event().wait()

        await self.queue.enqueue("k")
        task = asyncio.create_task(AsyncWorker(self.client, "q", handler).run(signals=False))
        await running.wait()
        task.cancel()
        await asyncio.wait([task])
        self.assertEqual((await self.queue.take()).attempt, 2)

    async def test_stopped_while_waiting_takes_nothing(self) -> None:
        async def handler(taken: AsyncTakenSet) -> None:
            raise AssertionError

        async with self.worker(handler, concurrency=5):
            await self.until_waiting(5)
        await self.queue.enqueue("k")
        self.assertEqual((await self.queue.take(wait_ms=0)).attempt, 1)

    async def test_sigterm_lets_the_handler_end(self) -> None:
        async def handler(taken: AsyncTakenSet) -> str:
            os.kill(os.getpid(), signal.SIGTERM)
            await self.client.ping()
            return "done"

        call = asyncio.create_task(self.queue.call("k", wait_ms=60000))
        await AsyncWorker(self.client, "q", handler, concurrency=2).run()
        self.assertEqual(await call, "done")

    async def test_daemon_restarts(self) -> None:
        async def handler(taken: AsyncTakenSet) -> str:
            return taken.key

        async with self.worker(handler, concurrency=2):
            self.assertEqual(await self.queue.call("a", wait_ms=60000), "a")
            self.daemon.kill()
            self.daemon.start()
            self.assertEqual(await self.queue.call("b", wait_ms=60000), "b")
