// Loops of workers. They take over a connection of their own, so that stopping can end its
// waits and nothing else.

import { setTimeout as sleep } from "node:timers/promises";

import {
  Draining, QueueClosed, Unavailable, UnknownOutcome, Unreachable, WaitOver,
} from "./errors.js";
import { Backoff } from "./repeat.js";

// What a worker meets by trying again later, until it is stopped.
const NOT_NOW = [Unreachable, Draining, Unavailable, UnknownOutcome];

class Taker {
  #client;
  #taker;
  #queue;
  #options;
  #stopping = new AbortController();
  #backoff = new Backoff(Infinity);

  constructor(client, queues, { leaseMs, signal }) {
    const [first, ...also] = [queues].flat();
    this.#client = client;
    this.#taker = client.clone();
    this.#queue = this.#taker.queue(first);
    this.#options = { leaseMs, also };
    if (signal?.aborted) {
      this.stop();
    }
    signal?.addEventListener("abort", () => this.stop(), { once: true });
  }

  stop() {
    this.#stopping.abort();
    this.#taker.endWaits();
  }

  close() {
    this.stop();
    return this.#taker.close();
  }

  /** The next set; undefined when it is time to end. */
  async next() {
    while (!this.#stopping.signal.aborted) {
      try {
        const taken = await this.#queue.take(this.#options);
        this.#backoff = new Backoff(Infinity);
        if (!this.#stopping.signal.aborted) {
          return taken.through(this.#client);
        }
        if (!taken.ended) {
          await taken.through(this.#client).release();
        }
      } catch (error) {
        if (error instanceof QueueClosed) {
          return undefined;
        }
        if (NOT_NOW.some((kind) => error instanceof kind)) {
          await this.#pause();
        } else if (!(error instanceof WaitOver)) {
          throw error;
        }
      }
    }
    return undefined;
  }

  async #pause() {
    const { signal } = this.#stopping;
    await sleep(this.#backoff.next(), undefined, { signal }).catch(() => {});
  }
}

/**
 * `for await (const taken of sets(client, "q", { signal }))`. The lease is extended while the
 * body runs. When the body is through, the set is finished with `taken.result` unless it was
 * ended; when the loop is left, by break or an error, it is released. The loop ends when the
 * signal aborts, or when the queue is closed and empty.
 */
export async function* sets(client, queues, options = {}) {
  const taker = new Taker(client, queues, options);
  try {
    for (let taken = await taker.next(); taken !== undefined; taken = await taker.next()) {
      const stop = taken.heartbeat();
      let through = false;
      try {
        yield taken;
        through = true;
      } finally {
        stop();
        if (!through && !taken.ended) {
          await taken.release();
        }
      }
      if (!taken.ended) {
        await taken.finish(taken.result);
      }
    }
  } finally {
    await taker.close();
  }
}

/**
 * Runs `handler(taken)` for each set, up to `concurrency` at a time, and ends the sets as
 * TakenSet.run() does. Resolves when it was stopped, by `signal`, SIGTERM or SIGINT, and the
 * sets in hand are finished; or when the queue is closed and empty. `signals: false` leaves the
 * signals alone. `onError(error, taken)` is told what handlers throw.
 */
export async function work(client, queues, handler, options = {}) {
  const { concurrency = 1, retryDelayMs = 1000, signals = true, onError = report } = options;
  const taker = new Taker(client, queues, options);
  const stop = () => {
    restore();
    taker.stop();
  };
  const restore = () => {
    process.off("SIGTERM", stop);
    process.off("SIGINT", stop);
  };
  if (signals) {
    process.on("SIGTERM", stop);
    process.on("SIGINT", stop);
  }
  const slot = async () => {
    for (let taken = await taker.next(); taken !== undefined; taken = await taker.next()) {
      try {
        await taken.run(handler, { retryDelayMs });
      } catch (error) {
        onError(error, taken);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: concurrency }, slot));
  } finally {
    restore();
    await taker.close();
  }
}

function report(error, taken) {
  console.error(`inflight: ${taken.queue}: key ${taken.key}:`, error);
}
