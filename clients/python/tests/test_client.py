"""The blocking client and a daemon."""

import threading
from typing import Any

import inflight
from inflight import Client, Failure, Result, TakenSet, Worker

from .daemon import ClientCase


class Queues(ClientCase):
    def test_ops_of_a_key_coalesce(self) -> None:
        first = self.queue.enqueue(424, {"w": 640}, op="a")
        second = self.queue.enqueue("424", {"w": 320})
        self.assertEqual((first.op, first.new, first.width), ("a", True, 1))
        self.assertEqual((second.new, second.width, second.depth), (False, 2, 1))
        with self.queue.take() as taken:
            self.assertEqual((taken.key, taken.queue, taken.attempt), ("424", "q", 1))
            self.assertEqual(taken.msgs, [{"w": 640}, {"w": 320}])
            self.assertEqual(taken.ops[0].id, "a")
        self.assertTrue(taken.ended)
        self.assertEqual(self.queue.stats()["finished"], 2)

    def test_call_shares_one_execution(self) -> None:
        results = []
        callers: list[threading.Thread] = []
        self.queue.create()
        for _ in range(3):
            client = self.connect()
            callers.append(threading.Thread(
                target=lambda c=client: results.append(c.queue("q").call("k", wait_ms=60000))))
            callers[-1].start()
            # Taken together only if all are there before.
            while self.queue.stats()["ops"] < len(callers):
                pass
        with self.queue.take() as taken:
            self.assertEqual(len(taken.ops), 3)
            taken.result = 2**100
        for caller in callers:
            caller.join()
        self.assertEqual(results, [2**100] * 3)

    def test_call_that_takes_too_long_stays_queued(self) -> None:
        with self.assertRaises(inflight.WaitOver) as over:
            self.queue.call("k", wait_ms=1)
        self.assertEqual(self.queue.take().ops[0].id, over.exception.op)

    def test_call_that_fails(self) -> None:
        worker = Worker(self.connect(), "q", self._refuses)
        thread = threading.Thread(target=worker.run, kwargs={"signals": False})
        thread.start()
        with self.assertRaises(inflight.OpFailed) as failed:
            self.queue.call("k", wait_ms=60000)
        worker.stop()
        thread.join()
        self.assertEqual(failed.exception.error, {"why": "no"})

    @staticmethod
    def _refuses(taken: TakenSet) -> None:
        raise inflight.OpFailed({"why": "no"})

    def test_outcomes_of_single_ops(self) -> None:
        for op in ("1", "2", "3"):
            self.queue.enqueue("k", op=op)
        taken = self.queue.take()
        taken.finish(results={"1": Result([1]), "2": Failure("no")})
        self.assertEqual([op.id for op in self.queue.take(wait_ms=0).ops], ["3"])
        with self.assertRaises(RuntimeError):
            taken.release()

    def test_exclusive_key_is_held(self) -> None:
        self.assertTrue(self.queue.create(exclusive=True)["created"])
        self.queue.enqueue("k", 1)
        with self.queue.take() as taken:
            self.queue.enqueue("k", 2)
            self.queue.enqueue("other", 3)
            self.assertEqual(self.queue.take(wait_ms=0).msgs, [3])
            with self.assertRaises(inflight.WaitOver):
                self.queue.take(wait_ms=0)
        self.assertEqual(self.queue.take(wait_ms=0).msgs, [2])
        self.assertGreater(taken.fence, 0)

    def test_exception_releases(self) -> None:
        self.queue.enqueue("k")
        with self.assertRaises(ZeroDivisionError), self.queue.take():
            raise ZeroDivisionError
        again = self.queue.take(wait_ms=0)
        self.assertEqual(again.attempt, 2)
        again.finish()

    def test_op_failed_finishes_with_its_error(self) -> None:
        group = self.client.group("g")
        group.create(size=1)
        self.queue.enqueue("k", group="g")
        with self.assertRaises(inflight.OpFailed), self.queue.take():
            raise inflight.OpFailed({"code": 7})
        result = group.wait()
        self.assertEqual(result.ops[0].outcome, Failure({"code": 7}))
        with self.assertRaises(inflight.OpFailed):
            result.unwrap()

    def test_lease_expires(self) -> None:
        self.queue.enqueue("k")
        taken = self.queue.take(lease_ms=1)
        again = self.queue.take()
        self.assertEqual(again.attempt, 2)
        with self.assertRaises(inflight.LeaseLost):
            taken.finish()
        again.finish()

    def test_without_lease(self) -> None:
        self.queue.enqueue("k")
        with self.queue.take(lease_ms=0) as taken:
            self.assertTrue(taken.ended)
        self.assertEqual(self.queue.stats()["leased"], 0)

    def test_heartbeat_keeps_the_lease(self) -> None:
        self.queue.enqueue("k")
        with self.queue.take(lease_ms=1500) as taken, taken.heartbeat():
            # Without the heartbeat the set would come again within this wait.
            with self.assertRaises(inflight.WaitOver):
                self.connect().queue("q").take(wait_ms=3200)
            self.assertFalse(taken.lost)

    def test_heartbeat_tells_a_lost_lease(self) -> None:
        self.queue.enqueue("k")
        taken = self.queue.take(lease_ms=90)
        self.client.call("release", {"set": taken.token})
        with self.assertLogs("inflight", "WARNING"), taken.heartbeat():
            while not taken.lost:
                pass

    def test_several_queues(self) -> None:
        self.client.queue("low").enqueue("k")
        taken = self.queue.take(also=["low"])
        self.assertEqual(taken.queue, "low")
        taken.finish()

    def test_administration(self) -> None:
        self.queue.create(depth=1, max_attempts=1)
        self.assertFalse(self.queue.create(depth=1)["created"])
        with self.assertRaises(inflight.QueueExists):
            self.queue.create(depth=2)
        self.queue.enqueue("a", op="1")
        with self.assertRaises(inflight.SaturatedDepth) as saturated:
            self.queue.enqueue("b")
        self.assertEqual(saturated.exception.data["limit"], 1)
        self.assertEqual(self.queue.update(depth=5)["depth"], 5)
        self.assertEqual(self.queue.peek()[0]["key"], "a")
        self.queue.cancel("1")
        with self.assertRaises(inflight.NoSuchOp):
            self.queue.cancel("1")
        self.queue.enqueue("a")
        self.queue.take().release()
        self.assertEqual(self.queue.kick(), 1)
        self.assertEqual(self.queue.purge(), {"sets": 1, "ops": 1})
        self.queue.pause()
        self.queue.resume()
        self.queue.close()
        with self.assertRaises(inflight.QueueClosed):
            self.queue.enqueue("a")
        self.queue.open()
        self.queue.delete()
        self.assertEqual(list(self.client.queues()), [])


class Payloads(ClientCase):
    def test_values_come_back(self) -> None:
        values: list[Any] = [None, True, 0, -(10**400), 1.5, "", "ü€𝄞\u2028\n\"\\\x7f", [[]],
                             {"": {"ä": None}}]
        for value in values:
            self.queue.enqueue("k", value)
        self.assertEqual(self.queue.take().msgs, values)

    def test_names_in_unicode(self) -> None:
        queue = self.client.queue("Größe 𝄞")
        queue.enqueue("clé", op="操作")
        with queue.take() as taken:
            names = (taken.queue, taken.key, taken.ops[0].id)
        self.assertEqual(names, ("Größe 𝄞", "clé", "操作"))

    def test_long_integer_keys(self) -> None:
        self.queue.enqueue(2**64, op=10**60)
        taken = self.queue.take()
        self.assertEqual((taken.key, taken.ops[0].id), (str(2**64), str(10**60)))
        taken.finish(results={10**60: Result()})

    def test_large_bodies(self) -> None:
        body = "x" * (1024 * 1024 - 200)
        for i in range(4):
            self.queue.enqueue("k", body + str(i))
        self.assertEqual(self.queue.take().msgs, [body + str(i) for i in range(4)])

    def test_line_too_long(self) -> None:
        with self.assertRaises(inflight.LineTooLong):
            self.queue.enqueue("k", "x" * 1024 * 1024)
        with self.client.pipeline() as pipeline:
            replies = [pipeline.call("enqueue", {"queue": "q", "key": i, "msg": "x" * size})
                       for i, size in enumerate((1, 2 << 20, 2, 3 << 20, 3))]
        for i, reply in enumerate(replies):
            if i in (1, 3):
                with self.assertRaises(inflight.LineTooLong):
                    reply.result()
            else:
                self.assertTrue(reply.result()["new"])


class Calls(ClientCase):
    def test_pipeline(self) -> None:
        with self.client.pipeline() as pipeline:
            replies = [pipeline.call("enqueue", {"queue": "q", "key": i % 10, "msg": i})
                       for i in range(1000)]
            wrong = pipeline.call("no.such.method")
        self.assertEqual([reply.result()["width"] for reply in replies],
                         [1 + i // 10 for i in range(1000)])
        with self.assertRaises(inflight.MethodNotFound):
            wrong.result()

    def test_threads_share_a_client(self) -> None:
        threads = [threading.Thread(target=lambda: [self.queue.enqueue("k") for _ in range(50)])
                   for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.queue.peek()[0]["ops"][-1]["msg"], None)
        self.assertEqual(self.queue.stats()["ops"], 200)

    def test_tcp(self) -> None:
        with Client(self.daemon.tcp) as client:
            self.assertEqual(client.info()["name"], "inflightd")
            self.assertGreaterEqual(client.stats()["connections"], 1)

    def test_names_over_several_pages(self) -> None:
        names = [f"q{i:03}" for i in range(250)]
        for name in names:
            self.client.queue(name).create()
        self.client.queue("other").create()
        self.assertEqual(list(self.client.queues("q")), names)
        self.client.group("g").create()
        self.assertEqual(list(self.client.groups()), ["g"])

    def test_end_waits(self) -> None:
        waiter = self.connect()
        thread = threading.Thread(target=self._waits, args=(waiter,))
        thread.start()
        while not self.client.stats()["waiters"]:
            pass
        waiter.end_waits()
        thread.join()
        self.queue.enqueue("k")
        self.assertEqual(self.queue.take(wait_ms=0).attempt, 1)

    def _waits(self, client: Client) -> None:
        with self.assertRaises(inflight.WaitOver):
            client.queue("q").take()


class Groups(ClientCase):
    def test_group(self) -> None:
        group = self.client.group("g")
        group.create(timeout_ms=60000)
        with self.assertRaises(inflight.GroupExists):
            group.create()
        self.assertEqual(group.add("1"), 1)
        self.queue.enqueue("k", group="g", op="2")
        self.assertEqual(group.finish("1", error="no"), 1)
        self.assertEqual(group.seal(), 1)
        with self.assertRaises(inflight.GroupSealed):
            group.add("3")
        with self.assertRaises(inflight.WaitOver):
            group.wait(wait_ms=0)
        self.queue.take().finish(8)
        done = group.wait()
        self.assertEqual(done.failed, 1)
        self.assertEqual([(one.op, one.key, one.outcome) for one in done.ops],
                         [("1", None, Failure("no")), ("2", "k", Result(8))])
        group.delete()
        with self.assertRaises(inflight.NoSuchGroup):
            group.wait()

    def test_scatter_gather(self) -> None:
        scattered = self.client.scatter(
            [("sums", f"k{i % 3}", [i, i]) for i in range(9)], timeout_ms=60000)
        for _ in range(3):
            taken = self.client.queue("sums").take()
            taken.finish(results={op.id: Result(sum(op.msg)) for op in taken.ops})
        self.assertEqual(scattered.gather().unwrap(), [2 * i for i in range(9)])

    def test_scatter_that_is_refused_leaves_nothing(self) -> None:
        self.queue.create(depth=2)
        with self.assertRaises(inflight.SaturatedDepth):
            self.client.scatter([("q", i, None) for i in range(4)])
        self.assertEqual(self.queue.stats()["depth"], 0)
        self.assertEqual(list(self.client.groups()), [])
