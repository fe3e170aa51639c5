// Values that go to the daemon or come from there.

import { randomUUID } from "node:crypto";

import { OpFailed } from "./errors.js";

/** A random id that nobody else has, for an op or a group. */
export function newId() {
  return randomUUID();
}

/**
 * Options by the names of the protocol: `waitMs` is `wait_ms` there. What is undefined is
 * not given.
 */
export function toWire(options) {
  const params = {};
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) {
      params[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)] = value;
    }
  }
  return params;
}

/** An integer key or id of any size; a number that is not exact is refused. */
export function exact(value) {
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new TypeError(`${value} is not exact: give it as a BigInt or a string`);
  }
  return value;
}

/** A complete group, from `group.wait`. */
export class GroupResult {
  constructor({ group, failed, results }) {
    this.group = group;
    this.failed = failed;
    this.ops = results;
  }

  inOrderOf(ids) {
    const byId = new Map(this.ops.map((one) => [one.op, one]));
    return new GroupResult({ group: this.group, failed: this.failed,
      results: ids.map((id) => byId.get(id)) });
  }

  /** All results; throws OpFailed with the first error there is. */
  unwrap() {
    return this.ops.map((one) => {
      if ("error" in one) {
        throw new OpFailed(one.error);
      }
      return one.result;
    });
  }
}
