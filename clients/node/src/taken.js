// A set that this worker has the lease of.

import { InflightError, LeaseLost, OpFailed } from "./errors.js";
import { toWire } from "./values.js";

export class TakenSet {
  #client;
  #lost = new AbortController();
  #timer;
  ended;
  result = null;

  constructor(client, { set, fence, queue, key, attempt, lease_ms: leaseMs, ops }) {
    this.#client = client;
    Object.assign(this, { token: set, fence, queue, key, attempt, leaseMs });
    this.ops = ops.map(({ op, msg, group }) => ({ id: op, msg, group }));
    // Without a lease there is nothing to end: the set was done on delivery.
    this.ended = set === "";
  }

  /** Talks about this set over that client's connection from now on. */
  through(client) {
    this.#client = client;
    return this;
  }

  /** The messages of the ops, in the order in which they were enqueued. */
  get msgs() {
    return this.ops.map(({ msg }) => msg);
  }

  /** Aborts when a heartbeat finds the lease lost. */
  get lost() {
    return this.#lost.signal;
  }

  /** Ends the lease; resolves to how many ops have their outcome now. */
  async finish(result, { error, results } = {}) {
    this.#end();
    const params = toWire({ set: this.token, result, error, results });
    return (await this.#client.call("finish", params)).finished;
  }

  /** Ends the lease with an error as the outcome of all ops. */
  fail(error) {
    return this.finish(undefined, { error });
  }

  /** Gives the set back to its queue, ready again after `delayMs`. */
  async release({ delayMs } = {}) {
    this.#end();
    await this.#client.call("release", toWire({ set: this.token, delayMs }));
  }

  /** Starts the lease anew from now; resolves to its length. */
  async extend(leaseMs) {
    return (await this.#client.call("extend", toWire({ set: this.token, leaseMs }))).lease_ms;
  }

  /** Extends the lease at each third of it, until the set is ended or the function is called. */
  heartbeat() {
    const beat = async () => {
      try {
        await this.extend(this.leaseMs);
      } catch (error) {
        if (error instanceof LeaseLost && !this.ended) {
          clearInterval(this.#timer);
          this.#lost.abort(error);
        } else if (!(error instanceof InflightError)) {
          throw error;
        }
        // Otherwise the lease may still hold when the daemon is back.
      }
    };
    if (!this.ended) {
      this.#timer = setInterval(beat, Math.max(1, this.leaseMs / 3));
    }
    return () => clearInterval(this.#timer);
  }

  /**
   * Runs `handler(this)` under a heartbeat and ends the set, unless the handler has: with what
   * it returns; after OpFailed with its error; after any other error by release, and rejects
   * with that error.
   */
  async run(handler, { retryDelayMs } = {}) {
    const stop = this.heartbeat();
    let end;
    try {
      const result = await handler(this);
      end = () => this.finish(result);
    } catch (error) {
      if (!(error instanceof OpFailed)) {
        stop();
        await this.#giveBack(retryDelayMs);
        throw error;
      }
      end = () => this.fail(error.error);
    } finally {
      stop();
    }
    if (!this.ended) {
      await end();
    }
  }

  /** Where the lease is lost the set is not ours any more, and the error matters more. */
  async #giveBack(delayMs) {
    try {
      if (!this.ended) {
        await this.release({ delayMs });
      }
    } catch (error) {
      if (!(error instanceof InflightError)) {
        throw error;
      }
    }
  }

  #end() {
    if (this.ended) {
      throw new Error("the set has been finished or released already");
    }
    this.ended = true;
    clearInterval(this.#timer);
  }
}
