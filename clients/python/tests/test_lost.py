"""Connections that are lost, and daemons that start again; the blocking client."""

import threading

import inflight
from inflight import Client

from .daemon import ClientCase


class LostConnections(ClientCase):
    def test_enqueue_with_op_is_repeated(self) -> None:
        with self.proxy() as (proxy, client):
            proxy.losing = 1
            self.assertTrue(client.queue("q").enqueue("k", op="1").duplicate)
        self.assertEqual(self.queue.stats()["enqueued"], 1)

    def test_enqueue_without_op_is_unknown(self) -> None:
        with self.proxy() as (proxy, client):
            proxy.losing = 1
            with self.assertRaises(inflight.UnknownOutcome):
                client.queue("q").enqueue("k")
            client.ping()
        self.assertEqual(self.queue.stats()["enqueued"], 1)

    def test_finish_is_repeated(self) -> None:
        self.queue.enqueue("k")
        with self.proxy() as (proxy, client):
            taken = client.queue("q").take()
            proxy.losing = 2
            self.assertEqual(taken.finish(7), 1)
        self.assertEqual(self.queue.stats()["finished"], 1)

    def test_pipeline_is_repeated_where_it_may_be(self) -> None:
        with self.proxy() as (proxy, client):
            proxy.losing = 1
            with client.pipeline() as pipeline:
                named = pipeline.call("enqueue", {"queue": "q", "key": 1, "op": "1"})
                nameless = pipeline.call("enqueue", {"queue": "q", "key": 1})
            self.assertTrue(named.result()["duplicate"])
            with self.assertRaises(inflight.UnknownOutcome):
                nameless.result()

    def test_budget_is_over(self) -> None:
        with self.proxy(retry_for=0) as (proxy, client):
            proxy.losing = 3
            with self.assertRaises(inflight.Unreachable):
                client.ping()
            with self.assertRaises(inflight.UnknownOutcome):
                client.queue("q").enqueue("k", op="1")

    def test_nobody_listens(self) -> None:
        with Client(self.daemon.address + ".no", retry_for=0) as client, \
                self.assertRaises(inflight.Unreachable):
            client.queue("q").enqueue("k")

    def test_daemon_restarts(self) -> None:
        before = self.client.info()["incarnation"]
        self.daemon.kill()
        self.daemon.start()
        # The connection is known to be dead before anything is sent.
        self.queue.enqueue("k")
        self.assertNotEqual(self.client.info()["incarnation"], before)

    def test_take_waits_over_a_restart(self) -> None:
        taken = []
        waiter = self.connect()
        thread = threading.Thread(target=lambda: taken.append(waiter.queue("q").take()))
        thread.start()
        while not self.client.stats()["waiters"]:
            pass
        self.daemon.kill()
        self.daemon.start()
        self.queue.enqueue("k", "after")
        thread.join()
        self.assertEqual(taken[0].msgs, ["after"])


class TooManyConnections(ClientCase):
    options = ("-o", "max_connections=1")

    def test_it_is_tried_again(self) -> None:
        self.client.ping()
        refused = self.connect(retry_for=0)
        with self.assertRaises(inflight.LimitReached):
            refused.queue("q").enqueue("k")
        self.assertEqual(self.client.stats()["enqueued"], 0)
