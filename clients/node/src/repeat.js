// What may be sent again after a lost connection, and when.

import { performance } from "node:perf_hooks";

export const WAIT_MS = 30000; // how long the daemon waits where wait_ms is not given

// Whether one of these was executed makes no difference to who asked. (A dequeue whose answer
// was lost leaves a lease that expires, and its set comes again.)
const HARMLESS = new Set([
  "ping", "info", "stats", "methods", "rpc.discover", "auth", "dequeue", "queue.stats",
  "queue.list", "queue.peek", "group.list", "group.wait",
]);

// The second time they find done what they were to do: the daemon knows the token or the op,
// or the state is what was asked for.
const IDEMPOTENT = new Set([
  "finish", "release", "extend", "queue.create", "queue.update", "queue.close", "queue.open",
  "queue.pause", "queue.resume", "group.add", "group.finish", "group.seal",
]);

export function isHarmless(method) {
  return HARMLESS.has(method);
}

/** An enqueue is when its op has an id: the daemon tells a repeat by it. */
export function isRepeatable(method, params) {
  return HARMLESS.has(method) || IDEMPOTENT.has(method) ||
    (method === "enqueue" && params.op !== undefined);
}

/** For how long the daemon may let the request wait, in milliseconds. */
export function waitOf(method, params) {
  const waits = method === "dequeue" || method === "group.wait";
  return params.wait_ms ?? (waits ? WAIT_MS : 0);
}

/**
 * How long to pause before the next attempt, until `budgetMs` is over. Each pause is about
 * twice the one before; where in that time is left to chance, so that the clients of a daemon
 * that starts again do not come all at once.
 */
export class Backoff {
  static FIRST_MS = 50;
  static LAST_MS = 5000;
  #end;
  #pause = Backoff.FIRST_MS;

  constructor(budgetMs) {
    this.#end = performance.now() + budgetMs;
  }

  /** Milliseconds to pause; undefined when there is no time left. */
  next() {
    const left = this.#end - performance.now();
    if (left <= 0) {
      return undefined;
    }
    const pause = this.#pause * (0.5 + Math.random() / 2);
    this.#pause = Math.min(2 * this.#pause, Backoff.LAST_MS);
    return Math.min(pause, left);
  }
}
