// A daemon for a test, in a temporary folder, and a proxy that loses answers.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { Client } from "../../src/index.js";

/** The daemon: ./inflightd unless told, because the tests run in the build folder. */
export const program = process.env.INFLIGHTD ?? "./inflightd";

class Daemon {
  folder = mkdtempSync(join(tmpdir(), "inflight-"));
  path = join(this.folder, "sock");
  address = `unix:${this.path}`;
  #options;
  #listen;
  #process;

  constructor(options, listen) {
    this.#options = options;
    this.#listen = listen;
  }

  async start() {
    this.#process = spawn(program,
      ["-l", this.address, "-l", this.#listen, "-o", "log_level=error",
        "-o", "drain_timeout_ms=0", ...this.#options],
      { stdio: ["ignore", "pipe", "inherit"] });
    const lines = [];
    for await (const line of createInterface({ input: this.#process.stdout })) {
      lines.push(line);
      if (lines.length === 2) {
        break;
      }
    }
    if (lines[0] !== `ready ${this.address}` || !lines[1].startsWith("ready t")) {
      throw new Error(`the daemon did not start: ${lines}`);
    }
    this.tcp = lines[1].slice("ready ".length); // or tls
  }

  /** As a crash would end it. */
  async kill() {
    const exited = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await exited;
  }

  async stop() {
    const exited = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    const [status] = await exited;
    rmSync(this.folder, { recursive: true });
    if (status !== 0) {
      throw new Error(`the daemon ended with status ${status}`);
    }
  }
}

/**
 * Starts a daemon and a client for a test and ends them after it. `queue` is the client's queue
 * "q", which is not there yet; `connect` makes further clients.
 */
export async function begin(test, options = [], listen = "tcp:127.0.0.1:0") {
  const daemon = new Daemon(options, listen);
  await daemon.start();
  const clients = [];
  const connect = (address = daemon.address, clientOptions = {}) => {
    clients.push(new Client(address, clientOptions));
    return clients.at(-1);
  };
  test.after(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await daemon.stop();
  });
  const client = connect();
  return { daemon, connect, client, queue: client.queue("q") };
}

/** Resolves when that many requests wait. */
export async function untilWaiting(client, count = 1) {
  while ((await client.stats()).waiters !== count);
}

/**
 * Stands between clients and the daemon. While `losing` is not 0 it passes requests on, and
 * where their answer should be passed on it closes the connection instead.
 */
export async function proxyTo(test, daemon) {
  const proxy = { losing: 0, address: `unix:${join(daemon.folder, "proxy")}` };
  const server = net.createServer((client) => {
    const upstream = net.connect(daemon.path);
    const close = () => {
      client.destroy();
      upstream.destroy();
    };
    client.pipe(upstream);
    upstream.on("data", (data) => {
      if (proxy.losing > 0) {
        proxy.losing -= 1;
        close();
      } else {
        client.write(data);
      }
    });
    for (const socket of [client, upstream]) {
      socket.on("error", close).on("close", close);
    }
  });
  server.listen(proxy.address.slice("unix:".length));
  await once(server, "listening");
  test.after(() => server.close());
  return proxy;
}
