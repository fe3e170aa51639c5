// Where the daemon is: addresses as libinflight reads them, and `tls:` beside them.

import { existsSync } from "node:fs";

const SYSTEM_SOCKET = "/run/inflightd/inflightd.sock";
const USER_SOCKET = "inflightd.sock";
const PATH_MAX = 107; // what a Unix socket's address has room for
const WRONG_FORM = "an address is unix:PATH, tcp:HOST:PORT or tls:HOST:PORT";

function parseHostPort(text) {
  const found = text.startsWith("[")
    ? /^\[([^\]]+)\]:(\d{1,5})$/.exec(text)
    : /^([^:]+):(\d{1,5})$/.exec(text);
  if (found === null) {
    throw new TypeError(WRONG_FORM);
  }
  const port = Number(found[2]);
  if (port < 1 || port > 65535) {
    throw new TypeError("the port is a number from 1 to 65535");
  }
  return { host: found[1], port };
}

/** The options for `net.connect`, and whether it is TLS. */
export function parseAddress(text) {
  const colon = text.indexOf(":");
  const kind = text.slice(0, colon);
  const rest = text.slice(colon + 1);
  if (kind === "unix") {
    const size = Buffer.byteLength(rest);
    if (size < 1 || size > PATH_MAX) {
      throw new TypeError(`the path of a Unix socket has 1 to ${PATH_MAX} bytes`);
    }
    return { path: rest, tls: false };
  }
  if (kind === "tcp" || kind === "tls") {
    return { ...parseHostPort(rest), tls: kind === "tls" };
  }
  throw new TypeError(WRONG_FORM);
}

/** `$INFLIGHT_ADDRESS`, else the system's socket, or the user's own if only that is there. */
export function defaultAddress(environment = process.env, exists = existsSync) {
  if (environment.INFLIGHT_ADDRESS) {
    return environment.INFLIGHT_ADDRESS;
  }
  const own = `${environment.XDG_RUNTIME_DIR}/${USER_SOCKET}`;
  if (!exists(SYSTEM_SOCKET) && environment.XDG_RUNTIME_DIR && exists(own)) {
    return `unix:${own}`;
  }
  return `unix:${SYSTEM_SOCKET}`;
}
