// The client: a connection that is made when it is needed, and again when it is lost.

import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";

import { defaultAddress, parseAddress } from "./address.js";
import { MethodNotFound, Unavailable, UnknownOutcome, Unreachable } from "./errors.js";
import { Group, scatter } from "./group.js";
import { stringify } from "./json.js";
import { Keeper } from "./keeper.js";
import { connect, Lost } from "./link.js";
import { Queue } from "./queue.js";
import { Backoff, isHarmless, isRepeatable, WAIT_MS, waitOf } from "./repeat.js";

const LAST_ANSWERS_MS = 5000; // to wait for them when the client is closed

export class Client {
  #address;
  #options;
  #numbers = 0;
  #calls = new Keeper(() => this.#open());
  // What waits for sets has a connection of its own. To abort one of them its sending half is
  // closed: the daemon ends all the waits, and the others ask again on the next one.
  #takes = new Keeper(() => this.#open());
  #releases = new Set();
  #unwanted = []; // tokens of sets that came when nothing could be sent any more
  #waitsEnded = false;

  constructor(address = defaultAddress(), options = {}) {
    this.#address = parseAddress(address);
    this.address = address;
    this.#options = { retryForMs: 30000, timeoutMs: 30000, ...options };
  }

  /** Another client with the same settings, and a connection of its own. */
  clone() {
    return new Client(this.address, this.#options);
  }

  /**
   * Ends for good what waits: a call that does comes back as if its wait were over, with what
   * it has if there is something. After that the client can only be closed.
   */
  endWaits() {
    this.#waitsEnded = true;
    this.#takes.end();
    this.#calls.end();
  }

  get waitsEnded() {
    return this.#waitsEnded;
  }

  /** How long one request should wait at most, so that endWaits() is heeded soon. */
  get waitAtOnceMs() {
    return this.#address.tls ? 2000 : WAIT_MS;
  }

  /** Closes the connection. Leases go on until they are ended or expire. */
  async close() {
    this.endWaits();
    await this.#takes.close(LAST_ANSWERS_MS);
    await this.#calls.close(LAST_ANSWERS_MS);
    await Promise.all(this.#releases);
    await this.#releaseUnwanted();
  }

  /** Over one more connection, because the others are closed already. */
  async #releaseUnwanted() {
    const tokens = this.#unwanted.splice(0);
    if (tokens.length === 0) {
      return;
    }
    try {
      const link = await this.#open();
      await Promise.all(tokens.map((set) => this.#ask(link, "release", { set })));
      link.destroy();
    } catch {
      // Their leases expire, and they come again.
    }
  }

  // ---- calls

  /**
   * Any method of the protocol, by its own names. `repeatable` tells whether it may be sent
   * again after a lost connection, where that is not known here or to be decided otherwise.
   */
  async call(method, params = {}, { signal, repeatable = isRepeatable(method, params) } = {}) {
    const began = performance.now();
    const waitMs = waitOf(method, params);
    const backoff = new Backoff(this.#options.retryForMs);
    let sent = false; // on any connection
    for (;;) {
      signal?.throwIfAborted();
      const id = ++this.#numbers;
      const left = Math.max(0, Math.round(waitMs - (performance.now() - began)));
      const text = stringify({ jsonrpc: "2.0", id, method,
        params: sent && params.wait_ms !== undefined ? { ...params, wait_ms: left } : params });
      const keeper = method === "dequeue" && waitMs > 0 ? this.#takes : this.#calls;
      const attempt = await this.#attempt(keeper, id, text, waitMs, signal);
      if (attempt.result !== undefined) {
        return attempt.result;
      }
      sent ||= attempt.sent;
      if (attempt.sent && !repeatable) {
        throw new UnknownOutcome(`${method} may have been executed: ${attempt.reason}`);
      }
      if (attempt.error !== undefined && !attempt.again && !isForLater(attempt.error, repeatable)) {
        throw attempt.error;
      }
      const pause = this.#waitsEnded ? undefined : backoff.next();
      if (pause === undefined) {
        // That one attempt was not executed says nothing about another one.
        const reason = attempt.reason ?? attempt.error.message;
        throw sent && !isHarmless(method)
          ? new UnknownOutcome(`${method} may have been executed: ${reason}`)
          : attempt.error ?? new Unreachable(reason);
      }
      await sleep(pause, undefined, { signal });
    }
  }

  /** One sending: `{ result }`, `{ error }` or, where that was lost, `{ reason, sent }`. */
  async #attempt(keeper, id, text, waitMs, signal) {
    let sent = false;
    try {
      const link = await abortable(keeper.get(), signal);
      sent = true;
      return await this.#answer(keeper, link, { id, text, waitMs }, signal);
    } catch (error) {
      if (!(error instanceof Lost)) {
        throw error;
      }
      const refused = error.refusal !== undefined;
      return { reason: error.message, error: error.refusal, again: refused,
        sent: sent && !refused };
    }
  }

  async #answer(keeper, link, { id, text, waitMs }, signal) {
    link.hold(true);
    const timer = setTimeout(() => link.destroy(), this.#options.timeoutMs + waitMs);
    const answer = link.send(id, text);
    try {
      return await abortable(answer, signal);
    } catch (error) {
      if (!(error instanceof Lost)) {
        // Aborted; the answer comes all the same, or is there already.
        answer.then((outcome) => this.#orphan(outcome), () => {});
        if (keeper === this.#takes) {
          link.end();
        }
      }
      throw error;
    } finally {
      clearTimeout(timer);
      if (link.waiting === 0) {
        link.hold(false);
      }
    }
  }

  /** Gives back a set that nobody waits for any more. */
  #orphan({ result }) {
    const set = result?.set;
    if (typeof set !== "string" || set === "") {
      return;
    }
    const release = this.call("release", { set }).catch((error) => {
      if (error instanceof Unreachable) {
        this.#unwanted.push(set);
      }
      // Otherwise its lease is over.
    }).finally(() => this.#releases.delete(release));
    this.#releases.add(release);
  }

  async #open() {
    const { tls: tlsOptions, timeoutMs, token } = this.#options;
    const link = await connect(this.#address, { tlsOptions, timeoutMs });
    if (token !== undefined) {
      try {
        await this.#ask(link, "auth", { token });
      } catch (error) {
        // A daemon that knows no auth asks nobody who they are.
        if (!(error instanceof MethodNotFound)) {
          link.destroy();
          throw error;
        }
      }
    }
    link.hold(false);
    return link;
  }

  async #ask(link, method, params) {
    const id = ++this.#numbers;
    const text = stringify({ jsonrpc: "2.0", id, method, params });
    const { result, error } = await link.send(id, text);
    if (error !== undefined) {
      throw error;
    }
    return result;
  }

  // ---- what the daemon tells about itself

  async ping() {
    await this.call("ping");
  }

  info() {
    return this.call("info");
  }

  stats() {
    return this.call("stats");
  }

  /** The names of all queues that begin with `prefix`. */
  queues(prefix = "") {
    return this.#names("queue.list", "queues", prefix);
  }

  /** The names of all groups that begin with `prefix`. */
  groups(prefix = "") {
    return this.#names("group.list", "groups", prefix);
  }

  async *#names(method, member, prefix) {
    let after = "";
    for (;;) {
      const names = (await this.call(method, { prefix, after }))[member];
      if (names.length === 0) {
        return;
      }
      yield* names;
      after = names[names.length - 1];
    }
  }

  // ---- queues and groups

  queue(name) {
    return new Queue(this, name);
  }

  group(name) {
    return new Group(this, name);
  }

  /** Enqueues all tasks in one new group; `gather` of what it returns waits for them. */
  scatter(tasks, options) {
    return scatter(this, tasks, options);
  }
}

function isForLater(error, repeatable) {
  return error instanceof Unavailable || (error instanceof UnknownOutcome && repeatable);
}

/** The same promise, but it fails at once when the signal aborts. */
async function abortable(promise, signal) {
  if (signal === undefined) {
    return promise;
  }
  signal.throwIfAborted();
  let listener;
  const aborted = new Promise((_, reject) => {
    listener = () => reject(signal.reason);
    signal.addEventListener("abort", listener, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", listener);
  }
}
