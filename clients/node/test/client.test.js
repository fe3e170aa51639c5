// The client and a daemon.

import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import test from "node:test";

import * as inflight from "../src/index.js";
import { begin, proxyTo, untilWaiting } from "./support/daemon.js";

test("ops of a key coalesce", async (t) => {
  const { queue } = await begin(t);
  const first = await queue.enqueue(424, { w: 640 }, { op: "a" });
  const second = await queue.enqueue("424", { w: 320 });
  assert.deepEqual(first, { op: "a", new: true, depth: 1, width: 1, duplicate: false });
  assert.deepEqual([second.new, second.width], [false, 2]);
  const taken = await queue.take();
  assert.deepEqual([taken.key, taken.attempt, taken.msgs], ["424", 1, [{ w: 640 }, { w: 320 }]]);
  assert.equal(await taken.finish("done"), 2);
  assert.ok(taken.ended);
  await assert.rejects(taken.release(), /already/);
});

test("callers of a key share one execution", async (t) => {
  const { client, queue } = await begin(t);
  const calls = Array.from({ length: 50 }, (_, i) => queue.call("k", i, { waitMs: 60000 }));
  await client.ping();
  const taken = await queue.take();
  await taken.finish({ ops: taken.ops.length });
  assert.deepEqual(await Promise.all(calls), Array(50).fill({ ops: 50 }));
});

test("outcomes of single ops", async (t) => {
  const { queue } = await begin(t);
  for (const op of ["1", "2", "3"]) {
    await queue.enqueue("k", null, { op });
  }
  const taken = await queue.take();
  await taken.finish(undefined, { results: { 1: { result: [1] }, 2: { error: "no" } } });
  assert.deepEqual((await queue.take({ waitMs: 0 })).ops.map(({ id }) => id), ["3"]);
  await assert.rejects(queue.take({ waitMs: 1 }), inflight.WaitOver);
});

test("an exclusive key is held", async (t) => {
  const { queue } = await begin(t);
  assert.equal((await queue.create({ exclusive: true, maxAttempts: 3 })).max_attempts, 3);
  await queue.enqueue("k", 1);
  const taken = await queue.take();
  await queue.enqueue("k", 2);
  await queue.enqueue("other", 3);
  assert.deepEqual((await queue.take({ waitMs: 0 })).msgs, [3]);
  await assert.rejects(queue.take({ waitMs: 0 }), inflight.WaitOver);
  await taken.finish();
  assert.deepEqual((await queue.take({ waitMs: 0 })).msgs, [2]);
});

test("a lease expires", async (t) => {
  const { queue } = await begin(t);
  await queue.enqueue("k");
  const taken = await queue.take({ leaseMs: 1 });
  const again = await queue.take();
  assert.equal(again.attempt, 2);
  await assert.rejects(taken.finish(), inflight.LeaseLost);
  await again.finish();
  await queue.enqueue("k");
  assert.ok((await queue.take({ leaseMs: 0 })).ended);
});

test("run() ends the set as the handler ends", async (t) => {
  const { client, queue } = await begin(t);
  await client.group("g").create({ size: 1 });
  await queue.enqueue("k", null, { group: "g" });
  await assert.rejects((await queue.take()).run(() => {
    throw new RangeError();
  }), RangeError);
  const again = await queue.take({ waitMs: 0 });
  assert.equal(again.attempt, 2);
  await again.run(async () => {
    throw new inflight.OpFailed({ code: 7 });
  });
  const { failed, ops } = await client.group("g").wait();
  assert.deepEqual([failed, ops[0].error], [1, { code: 7 }]);
});

test("a heartbeat keeps the lease", async (t) => {
  const { client, queue } = await begin(t);
  await queue.enqueue("k");
  const taken = await queue.take({ leaseMs: 1500 });
  await taken.run(async () => {
    // Without the heartbeat the set would come again within this wait.
    await assert.rejects(client.queue("q").take({ waitMs: 3200 }), inflight.WaitOver);
  });
  assert.ok(!taken.lost.aborted);
});

test("a heartbeat tells a lost lease", async (t) => {
  const { client, queue } = await begin(t);
  await queue.enqueue("k");
  const taken = await queue.take({ leaseMs: 90 });
  const lost = new Promise((resolve) => taken.lost.addEventListener("abort", resolve));
  taken.heartbeat();
  await client.call("release", { set: taken.token });
  await lost;
  assert.ok(taken.lost.reason instanceof inflight.LeaseLost);
});

test("administration", async (t) => {
  const { client, queue } = await begin(t);
  await queue.create({ depth: 1, maxAttempts: 1 });
  await assert.rejects(queue.create({ depth: 2 }), inflight.QueueExists);
  await queue.enqueue("a", null, { op: 1n });
  await assert.rejects(queue.enqueue("b"), (error) =>
    error instanceof inflight.SaturatedDepth && error instanceof inflight.Saturated &&
    error.data.limit === 1);
  assert.equal((await queue.update({ depth: 5 })).depth, 5);
  assert.equal((await queue.peek())[0].key, "a");
  await queue.cancel(1);
  await assert.rejects(queue.cancel(1), inflight.NoSuchOp);
  await queue.enqueue("a");
  await (await queue.take()).release();
  assert.equal(await queue.kick(), 1);
  assert.deepEqual(await queue.purge(), { sets: 1, ops: 1 });
  await queue.pause();
  await queue.resume();
  await queue.close();
  await assert.rejects(queue.enqueue("a"), inflight.QueueClosed);
  await queue.open();
  await queue.delete();
  const names = Array.from({ length: 250 }, (_, i) => `n${String(i).padStart(3, "0")}`);
  await Promise.all(names.map((name) => client.queue(name).create()));
  const found = [];
  for await (const name of client.queues("n")) {
    found.push(name);
  }
  assert.deepEqual(found, names);
});

test("values come back", async (t) => {
  const { queue } = await begin(t);
  const values = [null, true, 0, 10n ** 400n, 1.5, "", "ü€𝄞\u2028\n\"\\\x7f", [[]],
    { "": { ä: null } }];
  for (const value of values) {
    await queue.enqueue(2n ** 64n, value);
  }
  const taken = await queue.take();
  assert.deepEqual(taken.msgs, values);
  assert.equal(taken.key, String(2n ** 64n));
});

test("names in Unicode", async (t) => {
  const { client } = await begin(t);
  await client.queue("Größe 𝄞").enqueue("clé", null, { op: "操作" });
  const taken = await client.queue("Größe 𝄞").take();
  assert.deepEqual([taken.queue, taken.key, taken.ops[0].id], ["Größe 𝄞", "clé", "操作"]);
});

test("large bodies", async (t) => {
  const { queue } = await begin(t);
  const bodies = [1, 2, 3, 4].map((i) => "ü".repeat(512 * 1024 - 100) + i);
  await Promise.all(bodies.map((body) => queue.enqueue("k", body)));
  assert.deepEqual((await queue.take()).msgs, bodies);
  const sizes = [1, 2 << 20, 2, 3 << 20, 3];
  const answers = await Promise.allSettled(
    sizes.map((size, i) => queue.enqueue(i, "x".repeat(size))));
  assert.deepEqual(answers.map(({ reason }) => reason?.word),
    [undefined, "line_too_long", undefined, "line_too_long", undefined]);
});

test("1000 calls share a connection", async (t) => {
  const { client, queue } = await begin(t);
  const answers = await Promise.all(Array.from({ length: 1000 }, (_, i) => queue.enqueue(i, i)));
  assert.deepEqual(answers.map(({ depth }) => depth),
    Array.from({ length: 1000 }, (_, i) => i + 1));
  assert.equal((await client.stats()).connections, 1);
});

test("TCP", async (t) => {
  const { daemon, connect } = await begin(t);
  assert.equal((await connect(daemon.tcp).info()).name, "inflightd");
});

test("an aborted take loses nothing", async (t) => {
  const { client, queue } = await begin(t);
  const stop = new AbortController();
  const takes = [1, 2, 3].map(() => queue.take({ signal: stop.signal }));
  await untilWaiting(client, 3);
  stop.abort();
  for (const take of takes) {
    await assert.rejects(take, { name: "AbortError" });
  }
  await untilWaiting(client, 0);
  for (let i = 0; i < 10; i++) {
    await queue.enqueue(i);
  }
  for (let i = 0; i < 10; i++) {
    const taken = await queue.take();
    assert.deepEqual([taken.key, taken.attempt], [String(i), 1]);
  }
});

test("other takes wait on when one is aborted", async (t) => {
  const { client, queue } = await begin(t);
  const stop = new AbortController();
  const gone = queue.take({ signal: stop.signal });
  const stays = queue.take();
  await untilWaiting(client, 2);
  stop.abort();
  await assert.rejects(gone);
  await untilWaiting(client, 1);
  await queue.enqueue("k");
  assert.equal((await stays).attempt, 1);
});

test("a take that is aborted at any moment loses nothing", async (t) => {
  const { connect, queue } = await begin(t);
  const other = connect().queue("q");
  for (let i = 0; i < 50; i++) {
    await other.enqueue("k");
    const stop = new AbortController();
    const taking = queue.take({ signal: stop.signal });
    for (let turn = 0; turn < i; turn++) {
      await new Promise(turn % 2 ? setImmediate : queueMicrotask);
    }
    stop.abort();
    const taken = await taking.catch(() => other.take());
    await taken.finish();
  }
});

test("close() ends an aborted wait without an attempt", async (t) => {
  const { client, connect, queue } = await begin(t);
  const other = connect();
  const stop = new AbortController();
  const taking = other.queue("q").take({ signal: stop.signal });
  await untilWaiting(client);
  stop.abort();
  await assert.rejects(taking);
  await other.close();
  await queue.enqueue("k");
  assert.equal((await queue.take()).attempt, 1);
});

test("groups", async (t) => {
  const { client, queue } = await begin(t);
  const group = client.group("g");
  await group.create({ timeoutMs: 60000, onComplete: { queue: "end", key: "k" } });
  await assert.rejects(group.create(), inflight.GroupExists);
  assert.equal(await group.add("1"), 1);
  await queue.enqueue("k", null, { group: "g", op: "2" });
  assert.equal(await group.finish("1", undefined, { error: "no" }), 1);
  assert.equal(await group.seal(), 1);
  await assert.rejects(group.wait({ waitMs: 0 }), inflight.WaitOver);
  await (await queue.take()).finish(8);
  const done = await group.wait();
  assert.deepEqual(done.ops, [{ op: "1", error: "no" }, { op: "2", key: "k", result: 8 }]);
  assert.throws(() => done.unwrap(), inflight.OpFailed);
  assert.equal((await client.queue("end").take()).msgs[0].group, "g");
  await group.delete();
});

test("scatter and gather", async (t) => {
  const { client, queue } = await begin(t);
  const tasks = Array.from({ length: 9 }, (_, i) => ({ queue: "q", key: i % 3, msg: [i, i] }));
  const scattered = await client.scatter(tasks);
  for (let i = 0; i < 3; i++) {
    const taken = await queue.take();
    const results = taken.ops.map(({ id, msg: [a, b] }) => [id, { result: a + b }]);
    await taken.finish(undefined, { results: Object.fromEntries(results) });
  }
  assert.deepEqual((await scattered.gather()).unwrap(), tasks.map((_, i) => 2 * i));
});

test("a scatter that is refused leaves nothing", async (t) => {
  const { client, queue } = await begin(t);
  await queue.create({ depth: 2 });
  const tasks = Array.from({ length: 4 }, (_, i) => ({ queue: "q", key: i }));
  await assert.rejects(client.scatter(tasks), inflight.SaturatedDepth);
  assert.equal((await queue.stats()).depth, 0);
  assert.equal((await client.stats()).groups, 0);
});

test("after a lost answer", async (t) => {
  const { daemon, connect, queue } = await begin(t);
  const proxy = await proxyTo(t, daemon);
  const client = connect(proxy.address);
  await client.ping();
  proxy.losing = 1;
  assert.ok((await client.queue("q").enqueue("k", null, { op: "1" })).duplicate);
  proxy.losing = 1;
  await assert.rejects(client.queue("q").enqueue("k"), inflight.UnknownOutcome);
  assert.equal((await queue.stats()).enqueued, 2);
  const taken = await client.queue("q").take();
  proxy.losing = 2;
  assert.equal(await taken.finish(7), 2);
  const hasty = connect(proxy.address, { retryForMs: 0 });
  proxy.losing = 2;
  await assert.rejects(hasty.ping(), inflight.Unreachable);
  await assert.rejects(hasty.queue("q").enqueue("k", null, { op: "2" }), inflight.UnknownOutcome);
});

test("a lost answer matters more than a later refusal", async (t) => {
  const error = { code: -32040, message: "not now", data: { code: "unavailable" } };
  let connections = 0;
  const server = net.createServer((socket) => {
    connections += 1;
    const loses = connections === 1;
    socket.on("error", () => {}).on("data", (data) => {
      const { id } = JSON.parse(data);
      return loses ? socket.destroy()
        : socket.write(`${JSON.stringify({ jsonrpc: "2.0", id, error })}\n`);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `tcp:127.0.0.1:${server.address().port}`;
  const client = new inflight.Client(address, { retryForMs: 300 });
  t.after(async () => {
    await client.close();
    server.close();
  });
  await assert.rejects(client.queue("q").enqueue("k", null, { op: "1" }),
    inflight.UnknownOutcome);
  await assert.rejects(client.ping(), inflight.Unavailable);
});

test("nobody listens, or too many do", async (t) => {
  const { daemon, client, connect } = await begin(t, ["-o", "max_connections=1"]);
  await assert.rejects(connect(`${daemon.address}.no`, { retryForMs: 0 }).ping(),
    inflight.Unreachable);
  await client.ping();
  await assert.rejects(connect(undefined, { retryForMs: 0 }).queue("q").enqueue("k"),
    inflight.LimitReached);
});

test("a take waits over a restart", async (t) => {
  const { daemon, client, queue } = await begin(t);
  const taking = queue.take();
  await untilWaiting(client);
  await daemon.kill();
  await daemon.start();
  await queue.enqueue("k", "after");
  assert.deepEqual((await taking).msgs, ["after"]);
});
