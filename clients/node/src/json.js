// JSON with exact integers: those that a number cannot hold are BigInts, in both directions.

import { randomUUID } from "node:crypto";

const DEPTH_MAX = 128; // the daemon reads no line that is nested deeper
// Marks a BigInt that is a string for the moment. Nobody can guess it.
const MARK = `${randomUUID()}:`;
const MARKED = new RegExp(`"${MARK}(-?\\d+)"`, "g");
const MAYBE_UNSAFE = /\d{16}/;
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
// JSON.stringify() writes half of a surrogate pair in this way and nothing else.
const LONE_SURROGATE = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;
const INTEGER = /^-?\d+$/;

/** How deep JSON text is nested. */
function depthOf(text) {
  let depth = 0;
  let deepest = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === "[" || token === "{") {
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (token === "]" || token === "}") {
      depth -= 1;
    }
  }
  return deepest;
}

/** Text of one line. Throws for what JSON cannot say. */
export function stringify(value) {
  let big = false;
  const text = JSON.stringify(value, (_, member) => {
    if (typeof member === "bigint") {
      big = true;
      return `${MARK}${member}`;
    }
    if (typeof member === "number" && !Number.isFinite(member)) {
      throw new TypeError(`${member} is no JSON`);
    }
    return member;
  });
  if (LONE_SURROGATE.test(text)) {
    throw new TypeError("half of a surrogate pair is no text");
  }
  if (text.length > DEPTH_MAX && depthOf(text) > DEPTH_MAX) {
    throw new TypeError(`nested deeper than ${DEPTH_MAX} levels`);
  }
  return big ? text.replace(MARKED, "$1") : text;
}

/** Reads JSON text. */
export function parse(text) {
  if (!MAYBE_UNSAFE.test(text)) {
    return JSON.parse(text);
  }
  let big = false;
  const marked = text.replace(STRING_OR_NUMBER, (token) => {
    if (!INTEGER.test(token) || Number.isSafeInteger(Number(token))) {
      return token;
    }
    big = true;
    return `"${MARK}${token}"`;
  });
  if (!big) {
    return JSON.parse(text);
  }
  return JSON.parse(marked, (_, member) =>
    typeof member === "string" && member.startsWith(MARK)
      ? BigInt(member.slice(MARK.length))
      : member,
  );
}
