// Uses the types as a program would; it is compiled and not run.

import { Client, LeaseLost, OpFailed, work } from "../index.js";
import type { Enqueued, TakenSet } from "../index.js";

const client = new Client("unix:/run/inflightd/inflightd.sock", { token: "t", retryForMs: 0 });
const stop = new AbortController();

export async function produce(): Promise<Enqueued> {
  const queue = client.queue("thumbs");
  await queue.create({ exclusive: true, windowMs: 250 });
  const scattered = await client.scatter([{ queue: "thumbs", key: 2n ** 64n, msg: [1] }]);
  const [first] = (await scattered.gather({ waitMs: 1000 })).unwrap();
  return queue.enqueue(424, { w: first }, { op: "upload-9", signal: stop.signal });
}

export async function consume(): Promise<void> {
  for await (const taken of client.queue("thumbs").sets({ signal: stop.signal })) {
    taken.result = taken.ops.length;
    // @ts-expect-error: the daemon's word for it cannot be changed
    taken.key = "other";
  }
  await work(client, ["a", "b"], async (taken: TakenSet) => taken.msgs, { concurrency: 4 });
  // @ts-expect-error: there is no such state
  await client.queue("thumbs").peek("asleep");
}

export function explain(error: unknown): string {
  if (error instanceof LeaseLost) {
    return `${error.code} ${error.word}`;
  }
  return error instanceof OpFailed ? String(error.error) : "";
}
