// Keeps one connection: opens it when it is needed, and again when it has ended.

import { Lost } from "./link.js";

export class Keeper {
  #open;
  #link;
  #opening;
  #ended = false;

  /** `open` makes a connection that is ready to be used. */
  constructor(open) {
    this.#open = open;
  }

  /** Fails as `open` does, and with Lost after the end. */
  async get() {
    if (this.#ended) {
      throw new Lost("the client was told to end its waits");
    }
    if (this.#link?.isOpen) {
      return this.#link;
    }
    this.#opening ??= this.#open().then((link) => {
      this.#link = link;
      if (this.#ended) {
        link.end();
      }
      return link;
    }).finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** Ends what waits, for good. */
  end() {
    this.#ended = true;
    this.#link?.end();
  }

  /** Waits that long for the last answers. */
  async close(timeoutMs) {
    this.end();
    await this.#opening?.catch(() => {});
    if (this.#link !== undefined && this.#link.waiting > 0) {
      const timer = setTimeout(() => this.#link.destroy(), timeoutMs);
      await this.#link.ended;
      clearTimeout(timer);
    }
    this.#link?.destroy();
  }
}
