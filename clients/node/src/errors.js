// What can go wrong: one class for each error of the protocol, and a few of this package.

/** The root of all errors of this package. */
export class InflightError extends Error {
  constructor(message, options) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** There is no connection and none could be made in time; nothing was executed. */
export class Unreachable extends InflightError {}

/** Nothing came within `waitMs`. After `call` the op stays queued, and `op` is its id. */
export class WaitOver extends InflightError {
  constructor(message, op) {
    super(message);
    this.op = op;
  }
}

/**
 * The outcome of an op is an error. A worker's handler throws it to finish its set with
 * `error`; who waits for the op gets it thrown with the same `error`.
 */
export class OpFailed extends InflightError {
  constructor(error) {
    super(typeof error === "string" ? error : error?.message ?? "the op failed");
    this.error = error;
  }
}

/** The daemon answered an error. `code` is its number, `word` its name in the protocol. */
export class ServerError extends InflightError {
  static code = -32000;
  static word = "error";

  constructor(message, data = {}) {
    super(message);
    this.code = new.target.code;
    this.word = new.target.word;
    this.data = data;
  }
}

/** A limit of the queue is reached: produce more slowly and try again later. */
export class Saturated extends ServerError {}

const byWord = new Map();

function define(name, code, word, base = ServerError) {
  const made = { [name]: class extends base {} }[name];
  made.code = code;
  made.word = word;
  byWord.set(word, made);
  return made;
}

export const ParseError = define("ParseError", -32700, "parse_error");
export const InvalidRequest = define("InvalidRequest", -32600, "invalid_request");
export const LineTooLong = define("LineTooLong", -32600, "line_too_long", InvalidRequest);
export const BatchTooLarge = define("BatchTooLarge", -32600, "batch_too_large", InvalidRequest);
export const MethodNotFound = define("MethodNotFound", -32601, "method_not_found");
export const InvalidParams = define("InvalidParams", -32602, "invalid_params");
export const InternalError = define("InternalError", -32603, "internal");
export const SaturatedDepth = define("SaturatedDepth", -32001, "saturated_depth", Saturated);
export const SaturatedWidth = define("SaturatedWidth", -32002, "saturated_width", Saturated);
export const QueueClosed = define("QueueClosed", -32003, "queue_closed");
export const NoSuchQueue = define("NoSuchQueue", -32004, "no_such_queue");
export const QueueExists = define("QueueExists", -32005, "queue_exists");
export const QueueBusy = define("QueueBusy", -32006, "queue_busy");
export const LeaseLost = define("LeaseLost", -32007, "lease_lost");
export const NoSuchOp = define("NoSuchOp", -32008, "no_such_op");
export const OpBusy = define("OpBusy", -32009, "op_busy");
export const NoSuchGroup = define("NoSuchGroup", -32011, "no_such_group");
export const GroupExists = define("GroupExists", -32012, "group_exists");
export const GroupSealed = define("GroupSealed", -32013, "group_sealed");
export const LimitReached = define("LimitReached", -32020, "limit");
export const Draining = define("Draining", -32021, "draining");
export const Unauthorized = define("Unauthorized", -32030, "unauthorized");
export const Unavailable = define("Unavailable", -32040, "unavailable");
export const UnknownOutcome = define("UnknownOutcome", -32041, "unknown_outcome");

/** Makes the error for the member `error` of an answer. */
export function fromWire(error) {
  const word = error.data?.code;
  const known = byWord.get(word);
  const made = new (known ?? ServerError)(error.message, error.data);
  if (known === undefined) {
    // A newer daemon may know errors that this package does not.
    made.code = error.code;
    made.word = word ?? ServerError.word;
  }
  return made;
}
