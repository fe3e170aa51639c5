// The types of the package. Times are milliseconds.

/** Keys and ids come back as strings; as integers they go exactly, a BigInt of any length. */
export type Key = string | number | bigint;

/** JSON; integers that a number cannot hold exactly are BigInts. */
export type Json =
  | null | boolean | number | bigint | string | Json[] | { [name: string]: Json };

export interface ClientOptions {
  /** For daemons that want to know who calls. */
  token?: string;
  /** Options for `tls.connect`, such as `ca`, `cert` and `key`. */
  tls?: Record<string, unknown>;
  /** How long a lost connection is made anew before a call fails; 0 is once. 30000. */
  retryForMs?: number;
  /** How long an answer may take beyond the wait of its request. 30000. */
  timeoutMs?: number;
}

export interface CallOptions {
  signal?: AbortSignal;
  /** Whether it may be sent again after a lost connection. */
  repeatable?: boolean;
}

export class Client {
  /** `unix:PATH`, `tcp:HOST:PORT` or `tls:HOST:PORT`; else `$INFLIGHT_ADDRESS` or the default. */
  constructor(address?: string, options?: ClientOptions);
  readonly address: string;
  readonly waitsEnded: boolean;
  readonly waitAtOnceMs: number;
  clone(): Client;
  endWaits(): void;
  close(): Promise<void>;
  call(method: string, params?: Record<string, unknown>, options?: CallOptions):
    Promise<Record<string, any>>;
  ping(): Promise<void>;
  info(): Promise<Record<string, any>>;
  stats(): Promise<Record<string, any>>;
  queues(prefix?: string): AsyncGenerator<string, void, void>;
  groups(prefix?: string): AsyncGenerator<string, void, void>;
  queue(name: string): Queue;
  group(name: string): Group;
  scatter(tasks: readonly Task[], options?: { timeoutMs?: number }): Promise<Scattered>;
}

export interface QueueOptions {
  depth?: number;
  width?: number;
  windowMs?: number;
  quietMs?: number;
  exclusive?: boolean;
  leaseMs?: number;
  maxAttempts?: number;
}

export interface EnqueueOptions {
  /** An id of your own: with it the op is repeated after a lost connection. */
  op?: Key;
  group?: string;
  delayMs?: number;
  ttlMs?: number;
  signal?: AbortSignal;
}

export interface Enqueued {
  op: string;
  new: boolean;
  depth: number;
  width: number;
  duplicate: boolean;
}

export interface TakeOptions {
  waitMs?: number;
  leaseMs?: number;
  key?: Key;
  releaseOnClose?: boolean;
  /** Queues to look into when this one has nothing ready. */
  also?: readonly string[];
  signal?: AbortSignal;
}

export interface SetsOptions {
  leaseMs?: number;
  signal?: AbortSignal;
}

export interface WorkOptions extends SetsOptions {
  concurrency?: number;
  retryDelayMs?: number;
  /** Whether SIGTERM and SIGINT stop the worker. True. */
  signals?: boolean;
  onError?: (error: unknown, taken: TakenSet) => void;
}

export type Handler = (taken: TakenSet) => unknown;

export interface Sets {
  sets: number;
  ops: number;
}

export class Queue {
  constructor(client: Client, name: string);
  readonly name: string;
  enqueue(key: Key, msg?: unknown, options?: EnqueueOptions): Promise<Enqueued>;
  call(key: Key, msg?: unknown,
    options?: { op?: Key; ttlMs?: number; waitMs?: number; signal?: AbortSignal }): Promise<any>;
  take(options?: TakeOptions): Promise<TakenSet>;
  sets(options?: SetsOptions): AsyncGenerator<TakenSet, void, void>;
  work(handler: Handler, options?: WorkOptions): Promise<void>;
  cancel(op: Key): Promise<void>;
  create(options?: QueueOptions): Promise<Record<string, any>>;
  update(options?: QueueOptions): Promise<Record<string, any>>;
  close(): Promise<void>;
  open(): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  delete(options?: { force?: boolean }): Promise<void>;
  purge(state?: "pending" | "held" | "dead" | "all"): Promise<Sets>;
  kick(count?: number): Promise<number>;
  peek(state?: "waiting" | "ready" | "leased" | "held" | "dead",
    options?: { key?: Key; count?: number }): Promise<Record<string, any>[]>;
  stats(): Promise<Record<string, any>>;
}

export interface Op {
  readonly id: string;
  readonly msg: any;
  readonly group?: string;
}

export type Outcome = { result: unknown } | { error: unknown };

export class TakenSet {
  private constructor();
  readonly token: string;
  readonly fence: number;
  readonly queue: string;
  readonly key: string;
  readonly attempt: number;
  readonly leaseMs: number;
  readonly ops: readonly Op[];
  readonly msgs: any[];
  readonly ended: boolean;
  readonly lost: AbortSignal;
  /** What all ops get when the body of `for await` is through. */
  result: unknown;
  finish(result?: unknown,
    options?: { error?: unknown; results?: Record<string, Outcome> }): Promise<number>;
  fail(error: unknown): Promise<number>;
  release(options?: { delayMs?: number }): Promise<void>;
  extend(leaseMs?: number): Promise<number>;
  heartbeat(): () => void;
  run(handler: Handler, options?: { retryDelayMs?: number }): Promise<void>;
  through(client: Client): TakenSet;
}

export interface GroupOptions {
  size?: number;
  auto?: boolean;
  timeoutMs?: number;
  retainMs?: number;
  onComplete?: { queue: string; key: Key; op?: Key; group?: string };
}

export interface WaitOptions {
  waitMs?: number;
  signal?: AbortSignal;
}

export class Group {
  constructor(client: Client, name: string);
  readonly name: string;
  create(options?: GroupOptions): Promise<void>;
  add(op: Key): Promise<number>;
  finish(op: Key, result?: unknown, options?: { error?: unknown }): Promise<number>;
  seal(): Promise<number>;
  wait(options?: WaitOptions): Promise<GroupResult>;
  delete(): Promise<void>;
}

export interface Task {
  queue: string;
  key: Key;
  msg?: unknown;
}

export class Scattered extends Group {
  constructor(client: Client, name: string, ops: readonly string[]);
  readonly ops: readonly string[];
  gather(options?: WaitOptions): Promise<GroupResult>;
}

export interface GroupOp {
  op: string;
  key?: string;
  result?: any;
  error?: any;
}

export class GroupResult {
  private constructor();
  readonly group: string;
  readonly failed: number;
  readonly ops: readonly GroupOp[];
  inOrderOf(ids: readonly string[]): GroupResult;
  unwrap(): any[];
}

export function newId(): string;
export function sets(client: Client, queues: string | readonly string[], options?: SetsOptions):
  AsyncGenerator<TakenSet, void, void>;
export function work(client: Client, queues: string | readonly string[], handler: Handler,
  options?: WorkOptions): Promise<void>;

export class InflightError extends Error {}
export class Unreachable extends InflightError {}
export class WaitOver extends InflightError {
  readonly op?: string;
}
export class OpFailed extends InflightError {
  constructor(error: unknown);
  readonly error: any;
}
export class ServerError extends InflightError {
  readonly code: number;
  /** The error's name in the protocol, such as "lease_lost". */
  readonly word: string;
  readonly data: Record<string, any>;
}
export class Saturated extends ServerError {}
export class ParseError extends ServerError {}
export class InvalidRequest extends ServerError {}
export class LineTooLong extends InvalidRequest {}
export class BatchTooLarge extends InvalidRequest {}
export class MethodNotFound extends ServerError {}
export class InvalidParams extends ServerError {}
export class InternalError extends ServerError {}
export class SaturatedDepth extends Saturated {}
export class SaturatedWidth extends Saturated {}
export class QueueClosed extends ServerError {}
export class NoSuchQueue extends ServerError {}
export class QueueExists extends ServerError {}
export class QueueBusy extends ServerError {}
export class LeaseLost extends ServerError {}
export class NoSuchOp extends ServerError {}
export class OpBusy extends ServerError {}
export class NoSuchGroup extends ServerError {}
export class GroupExists extends ServerError {}
export class GroupSealed extends ServerError {}
export class LimitReached extends ServerError {}
export class Draining extends ServerError {}
export class Unauthorized extends ServerError {}
export class Unavailable extends ServerError {}
export class UnknownOutcome extends ServerError {}
