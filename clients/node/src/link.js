// One connection: sends requests and matches the answers with them by their ids.

import net from "node:net";
import tls from "node:tls";

import { fromWire, LimitReached } from "./errors.js";
import { parse } from "./json.js";

/** The connection ended before the answer. `refusal` is there where it was not even taken. */
export class Lost extends Error {
  constructor(message, refusal) {
    super(message);
    this.refusal = refusal;
  }
}

/** Connects; the promise fails with Lost. */
export function connect(address, { tlsOptions, timeoutMs }) {
  return new Promise((resolve, reject) => {
    const socket = address.tls
      ? tls.connect({ servername: net.isIP(address.host) ? "" : address.host, ...tlsOptions,
        host: address.host, port: address.port })
      : net.connect({ ...address, allowHalfOpen: true });
    const fail = (error) => {
      socket.destroy();
      reject(new Lost(error.message));
    };
    socket.once("error", fail);
    socket.setTimeout(timeoutMs, () => fail(new Error("the connection took too long")));
    socket.once(address.tls ? "secureConnect" : "connect", () => {
      socket.off("error", fail);
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      if (address.path === undefined) {
        socket.setNoDelay(true);
        socket.setKeepAlive(true);
      }
      resolve(new Link(socket));
    });
  });
}

class Link {
  #socket;
  #pending = new Map(); // id -> { size, resolve, reject }
  #chunks = []; // of a line that is not complete yet
  #heard = false;
  #resolveEnded;
  isOpen = true; // for sending
  ended = new Promise((resolve) => {
    this.#resolveEnded = resolve;
  });

  constructor(socket) {
    this.#socket = socket;
    socket.on("data", (data) => this.#receive(data));
    socket.on("error", (error) => this.#lose(new Lost(error.message)));
    socket.on("end", () => this.#lose(new Lost("the daemon closed the connection")));
    socket.on("close", () => this.#lose(new Lost("the connection was closed")));
  }

  get waiting() {
    return this.#pending.size;
  }

  /** Whether an idle connection keeps the process alive. */
  hold(yes) {
    if (yes) {
      this.#socket.ref();
    } else {
      this.#socket.unref();
    }
  }

  /** Returns the promise of the answer, `{ result }` or `{ error }`; it fails with Lost. */
  send(id, text) {
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { size: Buffer.byteLength(text), resolve, reject });
      this.#socket.write(`${text}\n`);
    });
  }

  /**
   * Sends nothing more: what waits is answered as if its wait were over, then the link ends.
   * TLS has no half that could be closed here; there the waits are short instead.
   */
  end() {
    this.isOpen = false;
    if (this.#pending.size === 0) {
      this.destroy();
    } else if (!(this.#socket instanceof tls.TLSSocket)) {
      this.#socket.end();
    }
  }

  destroy() {
    this.#socket.destroy();
    this.#lose(new Lost("the connection was closed"));
  }

  #receive(data) {
    let start = 0;
    for (;;) {
      const end = data.indexOf(10, start);
      if (end < 0) {
        break;
      }
      this.#chunks.push(data.subarray(start, end));
      const line = Buffer.concat(this.#chunks).toString();
      this.#chunks = [];
      start = end + 1;
      this.#take(line);
    }
    if (start < data.length) {
      this.#chunks.push(data.subarray(start));
    }
  }

  #take(line) {
    let answer;
    try {
      answer = parse(line);
    } catch (error) {
      this.#giveUp(new Lost(`not JSON: ${error.message}`));
      return;
    }
    const outcome = answer.error === undefined
      ? { result: answer.result }
      : { error: fromWire(answer.error) };
    const id = answer.id ?? this.#longest(outcome);
    const entry = this.#pending.get(id);
    if (entry === undefined) {
      const refused = outcome.error instanceof LimitReached && !this.#heard;
      this.#giveUp(new Lost(`the daemon refused the connection: ${outcome.error?.message}`,
        refused ? outcome.error : undefined));
      return;
    }
    this.#heard = true;
    this.#pending.delete(id);
    entry.resolve(outcome);
    if (!this.isOpen && this.#pending.size === 0) {
      this.destroy();
    }
  }

  /**
   * Whose line was too long. The daemon does not know; but when any line is too long, the
   * longest is, and all that are get the same answer.
   */
  #longest({ error }) {
    let found;
    if (error?.word === "line_too_long") {
      for (const [id, { size }] of this.#pending) {
        if (found === undefined || size > this.#pending.get(found).size) {
          found = id;
        }
      }
    }
    return found;
  }

  #giveUp(lost) {
    this.#lose(lost);
    this.#socket.destroy();
  }

  #lose(lost) {
    this.isOpen = false;
    this.#socket.destroy();
    for (const { reject } of this.#pending.values()) {
      reject(lost);
    }
    this.#pending.clear();
    this.#resolveEnded();
  }
}
