// Loops of workers.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import test from "node:test";

import { OpFailed, sets, work } from "../src/index.js";
import { begin, untilWaiting } from "./support/daemon.js";

const waitMs = 60000;

/** Starts a worker for a test; `stop()` resolves when it has ended. */
function start(client, queues, handler, options = {}) {
  const stopping = new AbortController();
  const ended = work(client, queues, handler,
    { signals: false, signal: stopping.signal, ...options });
  return () => {
    stopping.abort();
    return ended;
  };
}

test("what a handler returns is the result", async (t) => {
  const { client, queue } = await begin(t);
  const stop = start(client, ["q", "other"], (taken) =>
    taken.queue === "q" ? taken.ops.length : taken.finish("own"));
  assert.equal(await queue.call("k", null, { waitMs }), 1);
  assert.equal(await client.queue("other").call("k", null, { waitMs }), "own");
  await stop();
});

test("what a handler throws gives back, or is the error", async (t) => {
  const { client, queue } = await begin(t);
  const errors = [];
  const stop = start(client, "q", (taken) => {
    throw taken.attempt < 3 ? new RangeError() : new OpFailed("thrice");
  }, { retryDelayMs: 1, onError: (error) => errors.push(error.name) });
  await assert.rejects(queue.call("k", null, { waitMs }), { error: "thrice" });
  assert.deepEqual(errors, ["RangeError", "RangeError"]);
  await stop();
});

test("sets are worked on side by side", async (t) => {
  const { client, queue } = await begin(t);
  const waiting = [];
  const stop = start(client, "q", async (taken) => {
    // Goes on when three are here.
    const here = new Promise((resolve) => waiting.push(resolve));
    if (waiting.length === 3) {
      waiting.splice(0).forEach((go) => go());
    }
    await here;
    return taken.key;
  }, { concurrency: 3 });
  const calls = [0, 1, 2, 3, 4, 5].map((key) => queue.call(key, null, { waitMs }));
  assert.deepEqual(await Promise.all(calls), ["0", "1", "2", "3", "4", "5"]);
  await stop();
});

test("a heartbeat keeps the lease while the handler runs", async (t) => {
  const { client, queue } = await begin(t);
  const stop = start(client, "q", async () => {
    const { set } = await client.call("dequeue", { queue: "q", wait_ms: 3200 });
    return [set];
  }, { leaseMs: 1500 });
  assert.deepEqual(await queue.call("k", null, { waitMs }), [null]);
  await stop();
});

test("a worker that is stopped while it waits takes nothing", async (t) => {
  const { client, queue } = await begin(t);
  const stop = start(client, "q", () => assert.fail(), { concurrency: 5 });
  await untilWaiting(client, 5);
  await stop();
  await queue.enqueue("k");
  assert.equal((await queue.take({ waitMs: 0 })).attempt, 1);
});

test("a worker goes on when the daemon is back", async (t) => {
  const { daemon, client, queue } = await begin(t);
  const stop = start(client, "q", (taken) => taken.key, { concurrency: 2 });
  assert.equal(await queue.call("a", null, { waitMs }), "a");
  await daemon.kill();
  await daemon.start();
  assert.equal(await queue.call("b", null, { waitMs, op: "1" }), "b");
  await stop();
});

test("for await finishes, releases, and ends with the queue", async (t) => {
  const { client, queue } = await begin(t);
  await client.group("g").create({ size: 2 });
  await queue.enqueue("a", null, { group: "g" });
  await queue.enqueue("b", null, { group: "g" });
  await queue.close();
  for await (const taken of queue.sets()) {
    taken.result = taken.key;
  }
  assert.deepEqual((await client.group("g").wait()).unwrap(), ["a", "b"]);
  await queue.open();
  await queue.enqueue("c");
  for await (const taken of sets(client, "q")) {
    assert.equal(taken.attempt, 1);
    break;
  }
  await assert.rejects(async () => {
    for await (const taken of sets(client, "q")) {
      throw new RangeError(taken.attempt);
    }
  }, { name: "RangeError", message: "2" });
  assert.equal((await queue.take({ waitMs: 0 })).attempt, 3);
});

test("an aborted signal ends for await", async (t) => {
  const { client, queue } = await begin(t);
  const stop = new AbortController();
  await queue.enqueue("k");
  for await (const taken of queue.sets({ signal: stop.signal })) {
    assert.equal(taken.key, "k");
    stop.abort();
  }
  assert.equal((await queue.stats()).finished, 1);
  assert.equal((await client.stats()).waiters, 0);
});

const program = `
  import { Client, work } from ${JSON.stringify(new URL("../src/index.js", import.meta.url))};
  const client = new Client(process.argv[1]);
  await work(client, "q", async (taken) => {
    await client.queue("running").enqueue("k");
    await (await client.queue("go on").take()).finish();
  });
  await client.close();
`;

/** A worker in a process of its own. */
function run(daemon) {
  return spawn(process.execPath, ["--input-type=module", "-e", program, daemon.address],
    { stdio: ["ignore", "inherit", "inherit"] });
}

for (const name of ["SIGTERM", "SIGINT"]) {
  test(`${name} lets the handler end`, async (t) => {
    const { daemon, client, queue } = await begin(t);
    const child = run(daemon);
    const exited = once(child, "exit");
    await queue.enqueue("k");
    await (await client.queue("running").take()).finish();
    child.kill(name);
    await queue.enqueue("next");
    await client.queue("go on").enqueue("k");
    assert.deepEqual(await exited, [0, null]);
    const { finished, ready, leased } = await queue.stats();
    assert.deepEqual([finished, ready, leased], [1, 1, 0]);
  });
}

test("SIGTERM ends the wait", async (t) => {
  const { daemon, client } = await begin(t);
  const child = run(daemon);
  const exited = once(child, "exit");
  await untilWaiting(client);
  child.kill("SIGTERM");
  assert.deepEqual(await exited, [0, null]);
});
