// A queue of the daemon. Options are those of the protocol, spelled as JavaScript spells names.

import { performance } from "node:perf_hooks";

import { OpFailed, WaitOver } from "./errors.js";
import { TakenSet } from "./taken.js";
import { exact, toWire } from "./values.js";
import { sets, work } from "./worker.js";

export class Queue {
  #client;

  constructor(client, name) {
    this.#client = client;
    this.name = name;
  }

  #call(method, options, signal) {
    return this.#client.call(method, { queue: this.name, ...toWire(options ?? {}) }, { signal });
  }

  // ---- operations

  /**
   * Adds an op. With an `op` id it is repeated after a lost connection, else it fails with
   * UnknownOutcome then.
   */
  async enqueue(key, msg = null, { op, group, delayMs, ttlMs, signal } = {}) {
    const answer = await this.#call("enqueue",
      { key: exact(key), msg, op: exact(op), group, delayMs, ttlMs }, signal);
    return { duplicate: false, ...answer };
  }

  /** Adds an op and resolves to its result; all callers of a key share one execution. */
  async call(key, msg = null, { op, ttlMs, waitMs = 30000, signal } = {}) {
    const answer = await this.#call("enqueue",
      { key: exact(key), msg, op: exact(op), ttlMs, waitMs }, signal);
    if (!answer.done) {
      throw new WaitOver(`not done within ${waitMs} ms`, answer.op);
    }
    if ("error" in answer) {
      throw new OpFailed(answer.error);
    }
    return answer.result;
  }

  /**
   * Takes the set that has been ready longest, as a whole. Waits for `waitMs`, or as long as it
   * takes, and fails with WaitOver. `also` names queues to look into when this one has nothing.
   */
  async take({ waitMs = Infinity, leaseMs, key, releaseOnClose, also = [], signal } = {}) {
    const params = toWire({ leaseMs, key: exact(key), releaseOnClose });
    if (also.length > 0) {
      params.queues = [this.name, ...also];
    } else {
      params.queue = this.name;
    }
    const end = performance.now() + waitMs;
    for (;;) {
      const left = Math.max(0, Math.round(end - performance.now()));
      const wait = Math.min(left, this.#client.waitAtOnceMs);
      const answer = await this.#client.call("dequeue", { ...params, wait_ms: wait }, { signal });
      if (answer.set !== null) {
        return new TakenSet(this.#client, answer);
      }
      if (this.#client.waitsEnded || performance.now() >= end) {
        throw new WaitOver("no set came");
      }
    }
  }

  /** The sets of the queue, one after the other: see `sets` in worker.js. */
  sets(options) {
    return sets(this.#client, this.name, options);
  }

  /** Works until it is told to stop: see `work` in worker.js. */
  work(handler, options) {
    return work(this.#client, this.name, handler, options);
  }

  /** Removes an op that is not leased. */
  async cancel(op) {
    await this.#call("cancel", { op: exact(op) });
  }

  // ---- the queue itself

  create(options) {
    return this.#call("queue.create", options);
  }

  update(options) {
    return this.#call("queue.update", options);
  }

  async close() {
    await this.#call("queue.close");
  }

  async open() {
    await this.#call("queue.open");
  }

  async pause() {
    await this.#call("queue.pause");
  }

  async resume() {
    await this.#call("queue.resume");
  }

  async delete({ force } = {}) {
    await this.#call("queue.delete", { force });
  }

  purge(state) {
    return this.#call("queue.purge", { state });
  }

  async kick(count) {
    return (await this.#call("queue.kick", { count })).sets;
  }

  async peek(state, { key, count } = {}) {
    return (await this.#call("queue.peek", { state, key: exact(key), count })).sets;
  }

  stats() {
    return this.#call("queue.stats");
  }
}
