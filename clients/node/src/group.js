// Groups: outcomes that are waited for together.

import { performance } from "node:perf_hooks";

import { GroupExists, InflightError, UnknownOutcome, WaitOver } from "./errors.js";
import { exact, GroupResult, newId, toWire } from "./values.js";

export class Group {
  #client;

  constructor(client, name) {
    this.#client = client;
    this.name = name;
  }

  #call(method, options, signal) {
    return this.#client.call(method, { group: this.name, ...toWire(options ?? {}) }, { signal });
  }

  async create(options) {
    await this.#call("group.create", options);
  }

  /** Adds an op that is in no queue; resolves to how many ops are outstanding. */
  async add(op) {
    return (await this.#call("group.add", { op: exact(op) })).outstanding;
  }

  /** Gives an op its outcome; resolves to how many ops are outstanding. */
  async finish(op, result, { error } = {}) {
    return (await this.#call("group.finish", { op: exact(op), result, error })).outstanding;
  }

  /** The group takes no more ops; resolves to how many are outstanding. */
  async seal() {
    return (await this.#call("group.seal")).outstanding;
  }

  /** Waits for completion, for `waitMs` or as long as it takes; fails with WaitOver. */
  async wait({ waitMs = Infinity, signal } = {}) {
    const end = performance.now() + waitMs;
    for (;;) {
      const left = Math.max(0, Math.round(end - performance.now()));
      const answer = await this.#call("group.wait",
        { waitMs: Math.min(left, this.#client.waitAtOnceMs) }, signal);
      if (answer.done) {
        return new GroupResult(answer);
      }
      if (this.#client.waitsEnded || performance.now() >= end) {
        throw new WaitOver(`${answer.outstanding} ops are outstanding`);
      }
    }
  }

  async delete() {
    await this.#call("group.delete");
  }
}

/** The group of a `scatter`, and the ids of its ops in the order of the tasks. */
export class Scattered extends Group {
  constructor(client, name, ops) {
    super(client, name);
    this.ops = ops;
  }

  /** Waits for all tasks; the outcomes are in their order. */
  async gather(options) {
    return (await this.wait(options)).inOrderOf(this.ops);
  }
}

/**
 * Creates a group, enqueues the tasks, `{ queue, key, msg }`, into it and seals it. Where one is
 * refused, the others are cancelled as far as they are not taken yet, and the error is thrown.
 */
export async function scatter(client, tasks, { timeoutMs } = {}) {
  const name = newId();
  const group = new Scattered(client, name, tasks.map((_, i) => `${name}-${i}`));
  try {
    await group.create({ timeoutMs });
  } catch (error) {
    if (!(error instanceof UnknownOutcome)) {
      throw error;
    }
    // Nobody else has this name: if it is there it is ours.
    await group.create({ timeoutMs }).catch(unless(GroupExists));
  }
  const enqueued = await Promise.allSettled(tasks.map(({ queue, key, msg }, i) =>
    client.queue(queue).enqueue(key, msg, { op: group.ops[i], group: name })));
  try {
    for (const { status, reason } of enqueued) {
      if (status === "rejected") {
        throw reason;
      }
    }
    await group.seal();
  } catch (error) {
    // What was taken already goes on without the group.
    await Promise.allSettled(
      tasks.map(({ queue }, i) => client.queue(queue).cancel(group.ops[i])));
    await group.delete().catch(unless(InflightError));
    throw error;
  }
  return group;
}

/** For catch(): lets all errors through but those of this class. */
function unless(kind) {
  return (error) => {
    if (!(error instanceof kind)) {
      throw error;
    }
  };
}
