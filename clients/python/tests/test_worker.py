"""The blocking worker."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from inflight import TakenSet, Worker
from inflight.worker import Handler

from .daemon import ClientCase

# The queue says when a handler runs, so that nobody has to guess.
PROGRAM = """
import sys
from inflight import Client, Worker
with Client(sys.argv[1]) as client:
    def handler(taken):
        client.queue("running").enqueue("k")
        client.queue("go on").take().finish()
        return "done"
    Worker(client, "q", handler).run()
"""


class Workers(ClientCase):
    @contextmanager
    def worker(
        self, handler: Handler, queue: str | list[str] = "q", **options: Any
    ) -> Iterator[Worker]:
        worker = Worker(self.connect(), queue, handler, **options)
        thread = threading.Thread(target=worker.run, kwargs={"signals": False})
        thread.start()
        try:
            yield worker
        finally:
            worker.stop()
            thread.join()

    def test_results(self) -> None:
        with self.worker(lambda taken: len(taken.ops)):
            self.assertEqual(self.queue.call("k", wait_ms=60000), 1)
        with self.worker(lambda taken: taken.finish("own")):
            self.assertEqual(self.queue.call("k", wait_ms=60000), "own")

    def test_exception_gives_back(self) -> None:
        def handler(taken: TakenSet) -> int:
            if taken.attempt < 3:
                raise ZeroDivisionError
            return taken.attempt

        with self.assertLogs("inflight", "ERROR") as logs, self.worker(handler, retry_delay_ms=1):
            self.assertEqual(self.queue.call("k", wait_ms=60000), 3)
        self.assertEqual(len(logs.records), 2)

    def test_heartbeat(self) -> None:
        other = self.connect()

        def handler(taken: TakenSet) -> list[object]:
            # Comes back with the set where the lease is lost.
            return [other.call("dequeue", {"queue": "q", "wait_ms": 3200})["set"]]

        with self.worker(handler, lease_ms=1500):
            self.assertEqual(self.queue.call("k", wait_ms=60000), [None])

    def test_several_queues(self) -> None:
        with self.worker(lambda taken: taken.queue, ["q", "other"]):
            self.assertEqual(self.client.queue("other").call("k", wait_ms=60000), "other")
            self.assertEqual(self.queue.call("k", wait_ms=60000), "q")

    def test_ends_with_its_queue(self) -> None:
        self.queue.enqueue("k")
        self.queue.close()
        seen = []
        Worker(self.connect(), "q", lambda taken: seen.append(taken.key)).run(signals=False)
        self.assertEqual(seen, ["k"])

    def test_daemon_restarts(self) -> None:
        with self.worker(lambda taken: taken.key):
            self.assertEqual(self.queue.call("a", wait_ms=60000), "a")
            self.daemon.kill()
            self.daemon.start()
            self.assertEqual(self.queue.call("b", wait_ms=60000), "b")

    def test_stopped_while_waiting_takes_nothing(self) -> None:
        with self.worker(lambda taken: None):
            while not self.client.stats()["waiters"]:
                pass
        self.queue.enqueue("k")
        self.assertEqual(self.queue.take(wait_ms=0).attempt, 1)

    def run_program(self, number: signal.Signals) -> int:
        """A worker in a process of its own, which is told to end while its handler runs."""
        path = os.pathsep.join(sys.path)
        with subprocess.Popen([sys.executable, "-c", PROGRAM, self.daemon.address],
                              env={**os.environ, "PYTHONPATH": path}) as program:
            self.queue.enqueue("k", op="1")
            self.client.queue("running").take().finish()
            program.send_signal(number)
            self.queue.enqueue("next")
            self.client.queue("go on").enqueue("k")
        return program.returncode

    def test_sigterm_lets_the_handler_end(self) -> None:
        self.assertEqual(self.run_program(signal.SIGTERM), 0)
        stats = self.queue.stats()
        self.assertEqual((stats["finished"], stats["ready"], stats["leased"]), (1, 1, 0))

    def test_sigint_does_too(self) -> None:
        self.assertEqual(self.run_program(signal.SIGINT), 0)
        self.assertEqual(self.queue.stats()["finished"], 1)

    def test_sigterm_ends_the_wait(self) -> None:
        path = os.pathsep.join(sys.path)
        with subprocess.Popen([sys.executable, "-c", PROGRAM, self.daemon.address],
                              env={**os.environ, "PYTHONPATH": path}) as program:
            while not self.client.stats()["waiters"]:
                pass
            program.terminate()
        self.assertEqual(program.returncode, 0)
