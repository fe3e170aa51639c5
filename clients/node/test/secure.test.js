// Tokens and TLS, where the daemon was built with them.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";

import { OpFailed, Unauthorized, Unreachable, work } from "../src/index.js";
import { begin, program } from "./support/daemon.js";

function folderFor(t) {
  const folder = mkdtempSync(join(tmpdir(), "inflight-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Why a test of what the daemon can be built without has to be skipped, if so. */
function lacks(option) {
  const { stderr } = spawnSync(program, ["-t", "-o", `${option}=`], { encoding: "utf8" });
  return stderr.includes(`no option "${option}"`) && `this daemon has no option ${option}`;
}

test("tokens", { skip: lacks("auth_file") }, async (t) => {
  const path = join(folderFor(t), "auth");
  const digest = createHash("sha256").update("secret").digest("hex");
  writeFileSync(path, `[both]\ntoken = sha256:${digest}\nrole = producer, worker, reader\n`,
    { mode: 0o600 });
  const { daemon, connect } = await begin(t, ["-o", `auth_file=${path}`]);
  const client = connect(daemon.tcp, { token: "secret" });
  await Promise.all(Array.from({ length: 10 }, () => client.queue("q").enqueue("k")));
  assert.equal((await client.stats()).connections, 1);
  await assert.rejects(client.queue("q").pause(), Unauthorized);
  await assert.rejects(connect(daemon.tcp).queue("q").enqueue("k"), Unauthorized);
  const wrong = connect(daemon.tcp, { token: "wrong" }).queue("q");
  const outcomes = await Promise.allSettled([1, 2, 3].map((key) => wrong.enqueue(key)));
  for (const { reason } of outcomes) {
    assert.ok(reason instanceof Unauthorized);
  }
});

test("a daemon that asks nobody for a token accepts any", async (t) => {
  const { connect } = await begin(t);
  await connect(undefined, { token: "whatever" }).queue("q").enqueue("k");
});

test("TLS", { skip: lacks("tls_key") }, async (t) => {
  const folder = folderFor(t);
  const certificate = join(folder, "certificate");
  const key = join(folder, "key");
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
    "-nodes", "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1",
    "-out", certificate, "-keyout", key], { stdio: "ignore" });
  const { daemon, connect } = await begin(t,
    ["-o", `tls_certificate=${certificate}`, "-o", `tls_key=${key}`], "tls:127.0.0.1:0");
  const client = connect(daemon.tcp, { tls: { ca: readFileSync(certificate) } });
  const queue = client.queue("q");
  const body = "x".repeat(1e6);
  await Promise.all([1, 2, 3, 4].map(() => queue.enqueue("k", body)));
  assert.deepEqual((await queue.take()).msgs, Array(4).fill(body));
  await assert.rejects(connect(daemon.tcp, { retryForMs: 0 }).ping(), Unreachable);

  const stop = new AbortController();
  const working = work(client, "q", () => {
    throw new OpFailed("no");
  }, { signals: false, signal: stop.signal });
  await assert.rejects(queue.call("other", null, { waitMs: 60000 }), { error: "no" });
  stop.abort();
  await working;
});
