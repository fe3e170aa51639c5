// A client of inflightd, the coalescing queue. The types in ../index.d.ts describe it.

export { Client } from "./client.js";
export { Group, Scattered } from "./group.js";
export { Queue } from "./queue.js";
export { TakenSet } from "./taken.js";
export { GroupResult, newId } from "./values.js";
export { sets, work } from "./worker.js";
export {
  BatchTooLarge, Draining, GroupExists, GroupSealed, InflightError, InternalError, InvalidParams,
  InvalidRequest, LeaseLost, LimitReached, LineTooLong, MethodNotFound, NoSuchGroup, NoSuchOp,
  NoSuchQueue, OpBusy, OpFailed, ParseError, QueueBusy, QueueClosed, QueueExists, Saturated,
  SaturatedDepth, SaturatedWidth, ServerError, Unauthorized, Unavailable, UnknownOutcome,
  Unreachable, WaitOver,
} from "./errors.js";
