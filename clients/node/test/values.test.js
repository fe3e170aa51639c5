// What needs no daemon: addresses, JSON, errors, and that the types tell the truth.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { defaultAddress, parseAddress } from "../src/address.js";
import { fromWire } from "../src/errors.js";
import * as inflight from "../src/index.js";
import { parse, stringify } from "../src/json.js";
import { Backoff, isRepeatable } from "../src/repeat.js";
import { exact, toWire } from "../src/values.js";

const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");

test("addresses", () => {
  assert.deepEqual(parseAddress("unix:/a b"), { path: "/a b", tls: false });
  assert.deepEqual(parseAddress("tcp:[::1]:7"), { host: "::1", port: 7, tls: false });
  assert.deepEqual(parseAddress("tls:host:65535"), { host: "host", port: 65535, tls: true });
  for (const wrong of ["", "unix:", "tcp:host", "tcp::7", "tcp:host:0", "tcp:host:65536",
    "tcp:host:+7", "tcp:::1:7", "tcp:[::1:7", "http:host:80", `unix:/${"x".repeat(107)}`]) {
    assert.throws(() => parseAddress(wrong), TypeError, wrong);
  }
});

test("the default address", () => {
  const system = "/run/inflightd/inflightd.sock";
  const there = new Set([system, "/own/inflightd.sock"]);
  const address = (environment) => defaultAddress(environment, (path) => there.has(path));
  assert.equal(address({ INFLIGHT_ADDRESS: "tcp:a:1" }), "tcp:a:1");
  assert.equal(address({ XDG_RUNTIME_DIR: "/own" }), `unix:${system}`);
  there.delete(system);
  assert.equal(address({ XDG_RUNTIME_DIR: "/own" }), "unix:/own/inflightd.sock");
  assert.equal(address({}), `unix:${system}`);
});

test("exact integers", () => {
  const text =
    '{"a":[9007199254740993,-123456789012345678901234567890,7,1.5],"b":"9007199254740993"}';
  const value = parse(text);
  assert.deepEqual(value.a, [9007199254740993n, -123456789012345678901234567890n, 7, 1.5]);
  assert.equal(value.b, "9007199254740993");
  assert.equal(stringify(value), text);
  assert.equal(parse("1e400000000000000000"), Infinity);
  assert.throws(() => exact(2 ** 53), TypeError);
  assert.equal(exact(2n ** 64n), 2n ** 64n);
});

test("what JSON cannot say is refused", () => {
  for (const wrong of [NaN, Infinity, "\ud800", { "\udc00": 1 }]) {
    assert.throws(() => stringify({ wrong }), TypeError);
  }
  assert.equal(stringify(["\\ud800", "𝄞"]), '["\\\\ud800","𝄞"]');
  const nested = (depth) => Array.from({ length: depth }).reduce((inner) => [inner], 0);
  stringify(nested(128));
  assert.throws(() => stringify(nested(129)), TypeError);
  stringify(Array(300).fill("[["));
});

test("every error of the manual has its class", () => {
  const rows = [...read("../../../man/inflight-protocol.7")
    .matchAll(/^\.It (-32\d+) Ta Cm (\w+) Ta/gm)];
  assert.ok(rows.length > 20);
  for (const [, code, word] of rows) {
    const error = fromWire({ code: Number(code), message: "m", data: { code: word, queue: "q" } });
    assert.notEqual(error.constructor, inflight.ServerError);
    assert.equal(inflight[error.name], error.constructor);
    assert.deepEqual([error.code, error.word, error.message], [Number(code), word, "m"]);
    assert.equal(error.data.queue, "q");
  }
});

test("errors that are not known here", () => {
  const error = fromWire({ code: -5, message: "m", data: { code: "new" } });
  assert.deepEqual([error.constructor, error.code, error.word], [inflight.ServerError, -5, "new"]);
});

test("what is repeated", () => {
  assert.ok(isRepeatable("enqueue", { op: "1" }));
  assert.ok(!isRepeatable("enqueue", {}));
  assert.ok(!isRepeatable("queue.purge", {}));
  assert.equal(new Backoff(0).next(), undefined);
  assert.deepEqual(toWire({ waitMs: 1, maxAttempts: 2, key: undefined }),
    { wait_ms: 1, max_attempts: 2 });
});

test("the types name what is exported, and all its methods", () => {
  const types = read("../index.d.ts");
  const named = [...types.matchAll(/^export (?:class|function) (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(named.sort(), Object.keys(inflight).sort());
  for (const name of ["Client", "Queue", "TakenSet", "Group", "Scattered", "GroupResult"]) {
    const body = new RegExp(`^export class ${name} .*?^}`, "ms").exec(types)[0];
    const found = body.matchAll(/^ {2}(?:readonly |private )?(\w+)[(?:]/gm);
    const members = new Set([...found].map(([, member]) => member));
    for (const method of Object.getOwnPropertyNames(inflight[name].prototype)) {
      assert.ok(members.has(method), `${name}.${method}`);
    }
  }
});
